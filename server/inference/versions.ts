import fs from 'node:fs';
import path from 'node:path';
import { ownFolder } from '../programs';

/** Versions of what computes. */
export function versions(): { skein: string; onnxruntime: string; node: string } {
  const of = (...place: string[]) => {
    const text = fs.readFileSync(path.join(/* turbopackIgnore: true */ ownFolder, ...place, 'package.json'), 'utf8');
    // A package's own file: it has a version.
    return (JSON.parse(text) as { version: string }).version;
  };
  return { skein: of(), onnxruntime: of('node_modules', 'onnxruntime-node'), node: process.versions.node };
}
