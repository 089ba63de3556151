import fs from 'node:fs';
import path from 'node:path';

/** Versions of what computes. `root` is the folder of Skein itself: a bundled caller cannot tell it from its own place. */
export function versions(root: string): { skein: string; onnxruntime: string; node: string } {
  const of = (...place: string[]) => {
    const text = fs.readFileSync(path.join(/* turbopackIgnore: true */ root, ...place, 'package.json'), 'utf8');
    // A package's own file: it has a version.
    return (JSON.parse(text) as { version: string }).version;
  };
  return { skein: of(), onnxruntime: of('node_modules', 'onnxruntime-node'), node: process.versions.node };
}
