import type { ModelCard, WireType } from '../../../nodes/values';

/** What is known of a value before anything runs, in a few words: `64 × 64 · 17 frames · 8 fps`. */
export function factsLine(type: WireType | undefined): string {
  if (!type) return '';
  const { width, height, frames, count, fps, model, length } = type.facts;
  const parts = [
    width && height ? `${width} × ${height}` : '',
    frames ? `${frames} latent frames` : '',
    count ? `${count} frames` : '',
    fps ? `${fps} fps` : '',
    type.kind === 'conditioning' && length ? `${length} tokens` : '',
    type.kind === 'model' && model ? String(model) : '',
    type.kind === 'model' && type.facts.precision === 'fast' ? sayFast(type.facts.error) : '',
    type.kind === 'model' && type.facts.precision === 'half' ? 'fp16' : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Eight bits, and how far off they are once that was measured: `fast, error 0.9 %`. */
const sayFast = (error: unknown): string =>
  typeof error === 'number' ? `fast, error ${(100 * error).toFixed(1)} %` : 'fast, error yet to be measured';

/** Bytes as people say them: `4.2 MB`. */
export function sayBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** What a model is and how large: `wan · 11.4 MB`, `wan · 2.8 GB · fast, error 0.9 %`, `wan · LoRA of rank 16 · 88 MB`. */
export function sayModel({ family, parts, lora, fast }: ModelCard): string {
  if (lora) return `${family} · LoRA of rank ${lora.rank} · ${sayBytes(lora.bytes)}`;
  const bytes = sayBytes(Object.values(parts).reduce((sum, part) => sum + (part?.bytes ?? 0), 0));
  return [family, bytes, ...(fast?.denoiser ? [sayFast(fast.denoiser.error)] : [])].join(' · ');
}

/** Seconds as people say them: `0.4 s`, `12 s`, `3 min 20 s`. */
export function saySeconds(seconds: number): string {
  if (seconds < 0.095) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago, in words: `just now`, `5 min ago`, `yesterday`. Both times in milliseconds. */
export function sayAgo(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? 'yesterday' : days < 14 ? `${days} days ago` : new Date(then).toLocaleDateString();
}
