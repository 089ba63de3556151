import { totalmem } from 'node:os';

/** Bytes this process may have at all: the machine's, or what its container was given. */
export function wholeMemory(): number {
  const given = process.constrainedMemory?.() ?? 0;
  return given > 0 ? Math.min(given, totalmem()) : totalmem();
}

/** Bytes that are free for it now. */
export const freeMemory = (): number => process.availableMemory();

/**
 * Bytes a VAE may work with before it cuts pictures into tiles: a quarter of the whole, or SKEIN_VAE_MEMORY. Never a share
 * of what happens to be free: tiles look slightly different, and the same graph must give the same film tomorrow.
 */
export function vaeMemory(): number {
  const asked = Number(process.env['SKEIN_VAE_MEMORY']);
  return asked > 0 ? asked : wholeMemory() / 4;
}
