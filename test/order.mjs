import path from 'node:path';
import { BaseSequencer } from 'vitest/node';

/** What takes long, in seconds of two busy cores. Only the order matters: a figure that is a little out costs nothing. */
const seconds = {
  'browser/second-walk': 62,
  'browser/sweep': 54,
  'browser/fourth-walk': 42,
  'browser/walk': 37,
  'browser/fifth-walk': 37,
  'browser/third-walk': 25,
  'browser/steps-walk': 22,
  'browser/models-walk': 21,
  'browser/compare': 18,
  'browser/components': 17,
  'browser/samplers-walk': 13,
  'start/supervisor': 49,
  'inference/gpu/gpu': 40,
  'sweeps/running': 30,
  'security/pictures': 27,
  'cli/cli': 25,
  'engine/killed-anywhere': 19,
  'security/fuzz-models': 18,
  'queue/local': 15,
  'engine/executor': 14,
  'inference/layouts': 13,
  'hub/downloads': 12,
  'inference/vae-stream': 12,
  'inference/tiny-decoder': 11,
  'media/decode': 11,
  'media/encode': 10,
  'inference/digests': 10,
  'engine/resume': 9,
  'inference/fast-weights': 8,
  'media/door': 8,
  'cli/worker': 8,
};

/** Projects in the order they begin in. The files of one that shares its modules must lie together to share them. */
const projects = ['browser', 'alone', 'rooms', 'pure'];

const projectOf = (file) => projects.indexOf(file.project.name);
const secondsOf = ({ moduleId }) =>
  seconds[
    path
      .relative(import.meta.dirname, moduleId)
      .replaceAll(path.sep, '/')
      .replace('.test.ts', '')
  ] ?? 0;

/** What takes longest begins first, so that two workers end at the same moment. */
export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => projectOf(a) - projectOf(b) || secondsOf(b) - secondsOf(a));
  }
}
