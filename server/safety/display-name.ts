/**
 * A file's name as it may be shown and put into a header: no folders, no control characters, nothing that turns the
 * direction of writing, at most 120 characters. It is never used to find a file.
 */
export function displayName(given: string, fallback = 'upload'): string {
  const last = given.split(/[\\/]/).at(-1) ?? '';
  const clean = last
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .trim();
  const name = [...clean].slice(0, 120).join('');
  return name === '' || /^\.+$/.test(name) ? fallback : name;
}

/** `Content-Disposition` for such a name (RFC 6266): an ASCII stand-in and the real name. */
export function disposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`;
}
