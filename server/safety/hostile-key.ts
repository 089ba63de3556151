const hostile = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Looks for keys that could reach an object's prototype. Returns a sentence that names the place, or null. Never
 * recurses, so that depth cannot hurt it.
 */
export function hostileKey(source: unknown): string | null {
  const todo: { value: unknown; path: string }[] = [{ value: source, path: 'the document' }];
  for (let item = todo.pop(); item; item = todo.pop()) {
    const { value, path } = item;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      const at = path.length > 200 ? path : `${path}.${key}`;
      if (hostile.has(key)) return `${at} has a name that is not allowed. Rename it.`;
      if (typeof inner === 'object' && inner !== null) todo.push({ value: inner, path: at });
    }
  }
  return null;
}

/**
 * The same for JSON text as it came in: what unpacks it later drops such keys in silence, and a document must not come
 * out other than it went in. Text that is no JSON is left for others to refuse.
 */
export function hostileKeyIn(json: string): string | null {
  if (!/__proto__|\\u/.test(json)) return null;
  try {
    return hostileKey(JSON.parse(json));
  } catch {
    return null;
  }
}

/** Brackets deeper than this are no message of ours. */
const bracketsAllowed = 200;

/** Whether JSON text is nested so deep that parsers and copiers which recurse would fall over. One pass, no parsing. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (isInString) {
      if (char === 0x5c) i += 1;
      else if (char === 0x22) isInString = false;
    } else if (char === 0x22) isInString = true;
    else if (char === 0x5b || char === 0x7b) {
      depth += 1;
      if (depth > bracketsAllowed) return true;
    } else if (char === 0x5d || char === 0x7d) depth -= 1;
  }
  return false;
}
