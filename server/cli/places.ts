import path from 'node:path';
import { home, modelFolders } from '../store/home';
import type { ExecutorSetup } from '../worker/protocol';

/** A file as the user names it, from where they stand. */
export const userPath = (name: string): string => path.resolve(process.env.SKEIN_CWD ?? process.cwd(), name);

/** The same folders as the server's, so that both share one cache. */
export const setupFor = (device = process.env.SKEIN_DEVICE ?? 'auto'): ExecutorSetup => ({
  dataFolder: home(),
  modelFolders: modelFolders(),
  device,
});
