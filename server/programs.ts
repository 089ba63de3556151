import path from 'node:path';

/** The folder of Skein itself. Every process of ours is started in it; a bundled module cannot tell it from its own place. */
export const ownFolder = path.resolve(/* turbopackIgnore: true */ '.');

/** What `node` is to be given to run one of our programs, named from `ownFolder`: one that scripts/run.mjs lists. */
export const toRun = (file: string): [script: string, file: string] => [
  path.join(/* turbopackIgnore: true */ ownFolder, 'scripts', 'run.mjs'),
  file,
];
