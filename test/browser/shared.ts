import type { Browser, BrowserContext } from 'playwright-core';
import { ask } from './ask';
import { startBrowser } from './find-browser';
import { type Running, startSkein } from './start-skein';

// Vitest keeps the modules of these tests from file to file (`isolate: false`): a worker starts both once. Nobody stops
// them: they end with the worker.
let browser: Promise<Browser> | undefined;
let skein: Promise<Running> | undefined;

/** Tabs of their own, that know nothing of other files, in the browser of all files; a new one where that is gone. */
export async function newContext(executablePath: string): Promise<BrowserContext> {
  const isThere = await browser?.then(
    (one) => one.isConnected(),
    () => false,
  );
  if (!isThere) browser = startBrowser(executablePath);
  return (await browser!).newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
}

/** The server of the files that ask for none of their own; a new one where the one before has gone or cannot be tidied. */
export async function sharedSkein(): Promise<Running> {
  const isThere = await skein?.then(tidy).catch(() => false);
  if (!isThere) skein = startSkein();
  return skein!;
}

/** Whatever a failed test left in the queue is not in the way of the next file. */
async function tidy({ url }: Running): Promise<true> {
  const api = ask(url);
  await api.runs.pause.mutate({ paused: false });
  for (const { id } of await api.runs.queue.query()) await api.runs.cancel.mutate({ runId: id });
  return true;
}
