const hostile = new Set(['__proto__', 'constructor', 'prototype']);
/** Deeper than any graph; shallower than what makes recursive readers fall over. */
const depthAllowed = 64;

/**
 * Looks for keys that could reach an object's prototype, and for absurd depth. Returns a sentence that names the place,
 * or null. Never recurses, so that depth cannot hurt it.
 */
export function hostileKey(source: unknown): string | null {
  const todo: { value: unknown; path: string; depth: number }[] = [{ value: source, path: 'the document', depth: 0 }];
  for (let item = todo.pop(); item; item = todo.pop()) {
    const { value, path, depth } = item;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > depthAllowed)
      return `${short(path)} is nested more than ${depthAllowed} levels deep. No graph is: remove it.`;
    for (const key of Object.keys(value)) {
      const at = `${path}.${key}`;
      if (hostile.has(key)) return `${short(at)} has a name that is not allowed. Rename it.`;
      // Own keys, just listed.
      todo.push({ value: (value as Record<string, unknown>)[key], path: at, depth: depth + 1 });
    }
  }
  return null;
}

const short = (path: string) => (path.length > 200 ? `${path.slice(0, 200)}…` : path);
