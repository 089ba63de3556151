import { createHash } from 'node:crypto';

/** The SHA-256 of an array's bytes as they lie in memory: 32 bytes. */
export const sha256 = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest();
