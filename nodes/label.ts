const initials = /\b(vae|crf|fps|gif|rgb)\b/gi;

/** `textEncoder` → `Text encoder`, `vae` → `VAE`: how a port or param is called on cards and in sentences. */
export function label(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  const spoken = words.charAt(0).toUpperCase() + words.slice(1);
  return spoken.replace(initials, (word) => word.toUpperCase());
}

/** What a socket is called: by the title its component gave it, or by its name. */
export const socketLabel = (name: string, port: { title?: string | undefined } | undefined): string =>
  port?.title ?? label(name);
