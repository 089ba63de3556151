/** Runs once when the web process starts: opens the door for the worker before the first page is asked for. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { services } = await import('./server/api/open-services');
  const { findFfmpeg } = await import('./server/media/ffmpeg');
  const opened = await services();
  // Looked up once and remembered: the first page should not wait for it. What is wrong with them is told when asked.
  for (const early of [opened.library.models(), findFfmpeg()]) early.catch(() => {});
  // What was on its way when the last process ended.
  opened.downloads.goOn().catch((error: unknown) => console.error('downloads:', error));
  // Open event streams and kept connections would hold the server for as long as their other ends like.
  process.once('SIGTERM', () => void opened.close().finally(() => setTimeout(() => process.exit(0), 200)));
}
