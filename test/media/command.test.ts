import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type FfmpegJob, runFfmpeg } from '../../server/media/command';
import { requireFfmpeg } from '../../server/media/ffmpeg';
import { mp4Options, rawFrames } from '../../server/media/film-options';
import { ffmpegChildren, patchClip, tempFolder } from './clips';

const folder = tempFolder();
const { ffmpeg } = await requireFfmpeg();
const shape = { width: 64, height: 48, fps: 24, crf: 20 };
let closed = 0;
beforeEach(() => {
  closed = 0;
});

/** A job that would make an mp4 out of `count` frames; hooks make it fail. */
function job(name: string, count: number, before?: (index: number) => Promise<void> | void): FfmpegJob {
  const work = path.join(folder, name);
  mkdirSync(work, { recursive: true });
  const tags = path.join(work, 'tags');
  writeFileSync(tags, ';FFMETADATA1\n');
  const clip = patchClip({ ...shape, count }, { before, onClose: () => closed++ });
  return {
    ffmpeg,
    stdin: { bytes: clip.read(), options: rawFrames(shape) },
    files: [{ path: tags, options: ['-f', 'ffmetadata'] }],
    options: mp4Options(shape),
    format: 'mp4',
    file: path.join(work, 'film.mp4'),
  };
}

async function failure(work: Promise<unknown>): Promise<Error & { fault?: string }> {
  const error = await work.then(
    () => new Error('It went well, and should not have.'),
    (reason: unknown) => reason,
  );
  return error as Error; // every rejection below is an Error; the assertions look at its message
}

/** After any failure: the clip was let go, no file has the name, no part is left, no ffmpeg runs on. */
function expectNothingLeft(job: FfmpegJob): void {
  expect(readdirSync(path.dirname(job.file))).toEqual(['tags']);
  expect(ffmpegChildren()).toEqual([]);
}

const until = async (seen: () => boolean) => {
  while (!seen()) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('running ffmpeg through fluent-ffmpeg', () => {
  test('a finished film has its name, and paths with spaces arrive whole', async () => {
    const work = job('two words', 10);
    await runFfmpeg(work);
    expect(existsSync(work.file)).toBe(true);
    expect(readdirSync(path.dirname(work.file)).sort()).toEqual(['film.mp4', 'tags']);
    expect(closed).toBe(1);
  });

  test('an error of the source midway comes out as it was, and no short film remains', async () => {
    const boom = new Error('The VAE ran out of memory.');
    const work = job('midway', 200, (index) => {
      if (index === 50) throw boom;
    });
    expect(await failure(runFfmpeg(work))).toBe(boom);
    expect(closed).toBe(1);
    expectNothingLeft(work);
  });

  test('an error of the source before its first frame is heard at once', async () => {
    const boom = new Error('There is no such model.');
    const work = job('first', 10, () => {
      throw boom;
    });
    const began = Date.now();
    expect(await failure(runFfmpeg(work))).toBe(boom);
    expect(Date.now() - began).toBeLessThan(5000);
    expectNothingLeft(work);
  });

  test('when ffmpeg is killed the source is let go and the reason is told', async () => {
    const work = job('killed', 1_000_000, async (index) => {
      if (index === 20) for (const id of ffmpegChildren()) process.kill(id, 'SIGKILL');
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect(await failure(runFfmpeg(work))).toMatchObject({
      fault: 'ffmpeg-failed',
      message: expect.stringMatching(/SIGKILL/),
    });
    expect(closed).toBe(1);
    expectNothingLeft(work);
  });

  test.skipIf(process.platform !== 'linux')('a stopped ffmpeg is given up after the idle time', async () => {
    const work = job('stopped', 1_000_000, (index) => {
      if (index === 20) for (const id of ffmpegChildren()) process.kill(id, 'SIGSTOP');
    });
    const error = await failure(runFfmpeg({ ...work, idleSeconds: 1 }));
    expect(error).toMatchObject({ fault: 'ffmpeg-hung', message: expect.stringMatching(/stood still for 1 seconds/) });
    expect(closed).toBe(1);
    expectNothingLeft(work);
  });

  test('a slow source is not taken for a hung ffmpeg', async () => {
    const work = job('slow', 3, () => new Promise((resolve) => setTimeout(resolve, 700)));
    await runFfmpeg({ ...work, idleSeconds: 0.4 });
    expect(existsSync(work.file)).toBe(true);
  });

  test('cancelling ends ffmpeg and tells the reason it was given', async () => {
    const cancel = new AbortController();
    const reason = new Error('The run was cancelled.');
    let seen = 0;
    const work = job('cancelled', 1_000_000, async (index) => {
      seen = index;
      await new Promise((resolve) => setImmediate(resolve));
    });
    const result = failure(runFfmpeg({ ...work, signal: cancel.signal }));
    await until(() => seen > 20);
    cancel.abort(reason);
    expect(await result).toBe(reason);
    expect(closed).toBe(1);
    expectNothingLeft(work);
  });

  test('a run that is cancelled before it starts never starts', async () => {
    const reason = new Error('The run was cancelled.');
    const work = job('unstarted', 10);
    expect(await failure(runFfmpeg({ ...work, signal: AbortSignal.abort(reason) }))).toBe(reason);
    expectNothingLeft(work);
  });

  test('a missing program is an error that says what to install, not a crash', async () => {
    const gone = path.join(folder, 'gone');
    writeFileSync(gone, '#!/bin/sh\nexit 0\n');
    chmodSync(gone, 0o755);
    rmSync(gone);
    const work = job('missing', 10);
    const error = await failure(runFfmpeg({ ...work, ffmpeg: gone }));
    expect(error).toMatchObject({ fault: 'ffmpeg-missing', message: expect.stringMatching(/Install ffmpeg/) });
    expectNothingLeft(work);
  });

  test('what ffmpeg says about a wrong option reaches the user', async () => {
    const work = job('option', 10);
    const error = await failure(runFfmpeg({ ...work, options: [...work.options, '-preset', 'lukewarm'] }));
    expect(error).toMatchObject({ fault: 'ffmpeg-failed', message: expect.stringMatching(/lukewarm|preset/) });
    expectNothingLeft(work);
  });

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'a full disk is named as such',
    async ({ skip }) => {
      const work = job('full', 400);
      const disk = path.join(folder, 'disk');
      mkdirSync(disk);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
      } catch {
        skip('no right to mount a small disk here');
      }
      try {
        const options = ['-map', '0:v', '-c:v', 'rawvideo'];
        const noise = { ...work, options, format: 'nut', file: path.join(disk, 'film.nut') };
        const error = await failure(runFfmpeg(noise));
        expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringMatching(/disk is full/) });
        expect(readdirSync(disk)).toEqual([]);
        expect(ffmpegChildren()).toEqual([]);
      } finally {
        execFileSync('umount', [disk]);
      }
    },
  );
});
