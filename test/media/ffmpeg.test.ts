import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { encoderNames, searchFfmpeg } from '../../server/media/ffmpeg';
import { tempFolder } from './clips';

const root = tempFolder();
let serial = 0;
const good = ['libx264', 'libvpx-vp9', 'gif'];

/** A folder with a program that answers as ffmpeg of some age would. */
function fake({ avutil = '57. 28.100', version = '5.1.9', encoders = good, probe = true } = {}) {
  const folder = path.join(root, String(serial++));
  mkdirSync(folder);
  const rows = encoders.map((name) => ` V....D ${name.padEnd(20)} something`).join('\n');
  const script = `#!/bin/sh
case "$*" in
  *-version*) printf 'ffmpeg version ${version} Copyright\\nlibavutil      ${avutil} / ${avutil}\\n' ;;
  *-encoders*) printf 'Encoders:\\n V..... = Video\\n ------\\n${rows.replaceAll('\n', '\\n')}\\n' ;;
esac
`;
  for (const name of probe ? ['ffmpeg', 'ffprobe'] : ['ffmpeg']) {
    writeFileSync(path.join(folder, name), script);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

describe.skipIf(process.platform === 'win32')('looking for ffmpeg', () => {
  const base = process.env.PATH ?? '';
  test('the first on PATH that is new enough and can write all formats, with its own ffprobe', async () => {
    const folder = fake();
    const { tools } = await searchFfmpeg({ PATH: `${folder}:${base}` });
    expect(tools).toEqual({
      ffmpeg: path.join(folder, 'ffmpeg'),
      ffprobe: path.join(folder, 'ffprobe'),
      version: '5.1.9',
      source: 'PATH',
      decodes: true,
    });
  });

  test('git builds without a version number are judged by their library', async () => {
    const folder = fake({ version: 'N-112000-gdeadbeef', avutil: '58. 29.100' });
    expect((await searchFfmpeg({ PATH: folder })).tools).toMatchObject({
      version: 'N-112000-gdeadbeef',
      source: 'PATH',
    });
  });

  test('an old one on PATH is passed over; what comes from npm may write but not read uploads', async () => {
    const { tools, problem } = await searchFfmpeg({ PATH: fake({ avutil: '56. 24.101', version: '4.1' }) });
    if (tools)
      expect(tools).toMatchObject({
        source: 'package',
        decodes: false,
        note: expect.stringMatching(/apt-get install ffmpeg/),
      });
    else expect(problem).toMatch(/is version 4\.1; 5\.1 or newer is needed.*apt-get install ffmpeg/);
  });

  test('FFMPEG_PATH is obeyed or complained about, never passed over', async () => {
    const folder = fake({ probe: false });
    const program = path.join(folder, 'ffmpeg');
    expect((await searchFfmpeg({ PATH: base, FFMPEG_PATH: program })).tools).toMatchObject({
      ffmpeg: program,
      source: 'FFMPEG_PATH',
    });
    const gone = await searchFfmpeg({ PATH: base, FFMPEG_PATH: path.join(folder, 'nothing') });
    expect(gone.problem).toMatch(/FFMPEG_PATH is .*nothing.*apt-get install ffmpeg/);
    const lacking = path.join(fake({ encoders: ['gif', 'libvpx-vp9'] }), 'ffmpeg');
    expect((await searchFfmpeg({ PATH: base, FFMPEG_PATH: lacking })).problem).toMatch(/built without libx264/);
  });

  test('the table of encoders is read in the forms of all versions', () => {
    const table =
      ' V..... = Video\n ------\n V....D libx264              H.264\n A....D aac     AAC\n VFS..D gif     GIF\n';
    expect([...encoderNames(table)]).toEqual(['libx264', 'aac', 'gif']);
  });
});
