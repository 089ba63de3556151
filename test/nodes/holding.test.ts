import { describe, expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { packPicture, unpackPictures } from '../../nodes/condition/pictures';
import { disagreement } from '../../nodes/define';
import { registry } from '../../nodes/registry';
import type { ModelCard, PinsValue } from '../../nodes/values';
import { factsOf } from '../../server/engine/summary';
import { tensorParts, tensorValue } from '../../server/store/blobs-values';
import { graphOf, small } from './graphs-for-tests';
import { framesOf, latentOf, machine, reference, run } from './machine-for-tests';

const shown = (about: Partial<ModelCard>): ModelCard => ({ ...small, pinsBy: 'channels', mustHold: 'first', ...about });
const models = {
  first: shown({ id: 'first', title: 'I2V', pins: 'first' }),
  ends: shown({ id: 'ends', title: 'A14B', pins: 'first-last' }),
  both: shown({ id: 'both', title: 'FLF2V', pins: 'first-last', mustHold: 'first-last' }),
};

/** A chain of conditioners in the given positions, or none, before a denoiser; problems as `where: sentence`. */
function problems(model: keyof typeof models, holds: Record<string, unknown>[]): string[] {
  const nodes: Parameters<typeof graphOf>[0] = {
    model: ['model', { model }],
    noise: ['noise-seed', { width: 64, height: 64 }],
    prompt: ['prompt'],
    text: ['text-encoder'],
    image: ['image', { asset: 'a'.repeat(64) }],
    denoiser: ['denoiser', { guidance: 1 }],
  };
  const wires = [
    'model.denoiser > noise.model',
    'model.textEncoder > text.model',
    'prompt.text > text.prompt',
    'model.denoiser > denoiser.model',
    'noise.noise > denoiser.noise',
    'text.text > denoiser.text',
  ];
  for (const [i, params] of holds.entries()) {
    nodes[`hold${i}`] = ['frame-conditioner', params];
    wires.push(`model.vae > hold${i}.model`, `noise.noise > hold${i}.noise`, `image.frames > hold${i}.frames`);
    wires.push(i + 1 < holds.length ? `hold${i}.frames > hold${i + 1}.pins` : `hold${i}.frames > denoiser.frames`);
  }
  const found = check(graphOf(nodes, wires), models).problems;
  return found.map(({ at, port, param, says }) => `${at}.${port ?? param}: ${says}`);
}

const first = { position: 'first' };
const last = { position: 'last' };

describe('what a model can hold is said before it runs', () => {
  test('a first frame', () => {
    expect(problems('first', [first])).toEqual([]);
    expect(problems('ends', [first])).toEqual([]);
    expect(problems('first', [last])[0]).toMatch(/^hold0\.position: I2V was made for one known first frame only/);
  });

  test('both ends, in either order', () => {
    expect(problems('ends', [first, last])).toEqual([]);
    expect(problems('both', [last, first])).toEqual([]);
    expect(problems('ends', [first, { position: 'at', at: 4 }])).toEqual([]);
  });

  test('nothing between them', () => {
    expect(problems('ends', [first, { position: 'at', at: 2 }])[0]).toMatch(/hold1\.position: A14B .* nothing between/);
  });

  test('a last frame needs a first one; a model of two pictures needs both', () => {
    expect(problems('ends', [last])).toEqual([expect.stringMatching(/^denoiser\.frames: .*beginning too\.$/)]);
    expect(problems('both', [first])).toEqual([expect.stringMatching(/^denoiser\.frames: FLF2V .* at the end too\.$/)]);
  });

  test('a model that brings pictures to life is not run without one', () => {
    expect(problems('ends', [])).toEqual([expect.stringMatching(/^denoiser\.frames: .*Connect a frame conditioner/)]);
  });

  test('nothing is held less firmly than it is', () => {
    expect(problems('first', [{ ...first, strength: 0.9 }])).toEqual([expect.stringMatching(/^hold0\.strength: /)]);
  });
});

describe('pictures on their way to such a model', () => {
  const noise = latentOf([4, 3, 2, 4], () => 0); // 9 pictures of 32 x 16
  const hold = (params: object, inputs: object) =>
    run<'pins'>('frame-conditioner', {
      inputs: { model: reference('vae'), noise, ...inputs },
      params: { ...params },
      ctx: machine({ card: models.ends, vae: { decode: () => framesOf(9) } }),
    });

  test('arrive as they were, at the first and the last frame of the film', async () => {
    const rgb = Uint8Array.from({ length: 3 * 32 * 16 }, (_, i) => (i * i + 7 * i) % 256);
    const picture = {
      ...framesOf(1),
      read: async function* () {
        yield rgb;
      },
    };
    const { frames: one } = await hold(first, { frames: picture });
    const { frames: two } = await hold(last, { frames: framesOf(1), pins: one });
    expect(two!.shape).toEqual([64, 3, 2, 4]);
    const pictures = unpackPictures(two!, 4);
    expect([...pictures.keys()]).toEqual([0, 8]);
    expect(pictures.get(0)).toEqual(rgb);
    expect(pictures.get(8)!.every((byte) => byte === 0)).toBe(true);
  });

  test('of a clip the nearest is taken, of a latent clip too', async () => {
    const byteOf = (pins: PinsValue | undefined) => [...unpackPictures(pins!, 4).values()][0]![0];
    expect(byteOf((await hold({ ...first, take: 1 }, { frames: framesOf(5) })).frames)).toBe(4);
    expect(byteOf((await hold({ ...last, take: 1 }, { frames: framesOf(5) })).frames)).toBe(0);
    expect(byteOf((await hold({ ...first, take: 1 }, { clip: latentOf([4, 3, 2, 4], () => 0) })).frames)).toBe(8);
  });

  test('are of the kind, space and size that were foreseen, and come back from the cache as they went', async () => {
    const node = registry['frame-conditioner']!;
    const facts = { space: noise.space, channels: 4, frames: 3, height: 2, width: 4, model: 'ends' };
    const inputs = {
      model: { kind: 'model', facts: { model: 'ends', part: 'vae', space: noise.space } },
      noise: { kind: 'latent', facts },
      frames: { kind: 'frames', facts: { count: 1 } },
    } as const;
    const params = node.params.parse(last) as Record<string, unknown>;
    const foreseen = node.infer!({ inputs, params, models }).outputs!['frames']!;
    const { frames } = await hold(last, { frames: framesOf(1) });
    expect(disagreement(factsOf(frames!), foreseen)).toBeNull();
    expect(foreseen).toMatchObject({ channels: 64, held: 'last' });
    expect(tensorValue(Buffer.concat(tensorParts(frames!)))).toEqual(frames);
  });

  test('every colour survives being packed', () => {
    const rgb = Uint8Array.from({ length: 3 * 256 }, (_, i) => [Math.floor(i / 3), 255 - Math.floor(i / 3), 0][i % 3]!);
    const { data, shape } = packPicture(rgb, { width: 2, height: 2, scale: 8 });
    const pins: PinsValue = { kind: 'pins', space: '', data, shape, known: [true], noise: [0] };
    expect(unpackPictures(pins, 4).get(0)).toEqual(rgb);
  });
});
