import fs from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [
  process.env['CHROMIUM_PATH'],
  registered(),
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Where playwright would have put its own Chromium, had it been asked to. */
function registered(): string | undefined {
  try {
    return chromium.executablePath();
  } catch {
    return undefined;
  }
}

/**
 * A Chromium to test with, or null when there is none: then the browser tests are skipped, with a line that says how to
 * get one. In CI a missing browser is an error.
 */
export function findBrowser(): string | null {
  const found = places.find((place) => place && fs.existsSync(place));
  if (found) return found;
  const says =
    'The browser tests need Chromium: "apt-get install chromium", or "npx playwright-core install chromium", or name one in CHROMIUM_PATH.';
  if (process.env['CI'] === 'true') throw new Error(says);
  console.warn(`Skipped. ${says}`);
  return null;
}

/** The browser of the tests: a picture of a page is made on the CPU, and nothing is asked of the network. */
export const startBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
