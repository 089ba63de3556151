import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Before all walks: a folder for what their servers store. It goes when all walks are over. */
export default function makeHomes(): () => void {
  const homes = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-walks-'));
  process.env['SKEIN_WALKS'] = homes;
  // A server that ends with its test process may write a last word while its folder is emptied.
  return () => fs.rmSync(homes, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
}
