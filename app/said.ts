/** What went wrong, as the server or the browser put it. */
export function said(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /failed to fetch|networkerror|load failed/i.test(message)
    ? 'The server did not answer. Is Skein still running? Nothing on this page is lost.'
    : message;
}
