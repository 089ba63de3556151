import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** Bytes this process may have at all: the machine's, or what its container was given. */
export function wholeMemory(): number {
  // Without a limit this is 0, or more than any machine has.
  const given = process.constrainedMemory?.() ?? 0;
  return given > 0 ? Math.min(given, totalmem()) : totalmem();
}

/**
 * Bytes that are free for it now, pages of files counted as free: weights that are mapped give way when others need their
 * place. Inside a container's limit Node takes such pages for used, so they are added back.
 */
export function freeMemory(): number {
  const whole = wholeMemory();
  if (whole === totalmem()) return freemem();
  return Math.min(freemem(), whole, process.availableMemory() + pagesOfFiles());
}

/** Bytes of files that the container's limit counts; 0 where it does not say. */
function pagesOfFiles(): number {
  for (const place of ['/sys/fs/cgroup/memory.stat', '/sys/fs/cgroup/memory/memory.stat']) {
    try {
      const lines = readFileSync(/* turbopackIgnore: true */ place, 'utf8').matchAll(/^(?:in)?active_file (\d+)$/gm);
      return [...lines].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
    } catch {
      // The other version of control groups, or none.
    }
  }
  return 0;
}

/**
 * Bytes a VAE may work with before it cuts pictures into tiles: a quarter of the whole, or of the card where it computes on
 * one of known size, or SKEIN_VAE_MEMORY. Never a share of what happens to be free: tiles look slightly different, and the
 * same graph must give the same film tomorrow.
 */
export function vaeMemory(card?: number): number {
  const asked = Number(process.env['SKEIN_VAE_MEMORY']);
  return asked > 0 ? asked : Math.min(card ?? Infinity, wholeMemory()) / 4;
}

/**
 * How sessions are to hold so many bytes of weights in eight bits: packed, which is as much memory again, as long as that is
 * less than a quarter of the whole.
 */
export const holdInt8 = (bytes: number): 'resident' | 'mapped' => (bytes < wholeMemory() / 4 ? 'resident' : 'mapped');

/** The same for weights that are stored in fp32 and used as they are; others are widened anew in every run and never packed. */
export const holdWide = (bytes: number): 'packed' | 'mapped' => (bytes < wholeMemory() / 4 ? 'packed' : 'mapped');

/** Bytes of the tensors that are stored in fp32. */
export const wideBytes = (tensors: Iterable<{ dtype: string; bytes: number }>): number =>
  [...tensors].reduce((sum, { dtype, bytes }) => sum + (dtype === 'F32' ? bytes : 0), 0);
