/** Runs once when the web process starts: opens the door for the worker before the first page is asked for. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { services } = await import('./server/api/open-services');
  const opened = await services();
  // Open event streams would keep the server from ending.
  process.once('SIGTERM', () => void opened.close());
}
