/** Which graph an address names, if it names one. */
export function graphAt(pathname: string): string | undefined {
  return /^\/graph\/([0-9a-f]{32})$/.exec(pathname)?.[1];
}
