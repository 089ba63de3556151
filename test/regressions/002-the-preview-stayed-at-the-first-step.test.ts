import { expect, test } from 'vitest';
import type { MediaDoor, ModelDoor } from '../../nodes/machine';
import type { ModelCard } from '../../nodes/values';
import type { Progress } from '../../server/engine/execute';
import { openCheckpoints } from '../../server/store/blobs-checkpoints';
import { openMachine } from '../../server/worker/machine';
import { dataFolder } from '../engine/run-graph';

/** Previews come at most a few per second; in a quick run the first one, of a clip hardly begun, stayed on the card. */
test('the finished clip is always shown, however quick the steps', async () => {
  const told: Progress[] = [];
  // No door is opened, and of a card only the preview's map is read.
  const models = {} as ModelDoor;
  const media = {} as MediaDoor;
  const model = { preview: { weights: [[1], [1], [1]], bias: [0, 0, 0] } } as ModelCard;
  const { ctx } = openMachine(
    { models, media, checkpoints: openCheckpoints(dataFolder()) },
    {
      ...{ node: 'n', fingerprint: 'f', signal: new AbortController().signal, fresh: true },
      tell: (at) => told.push(at),
      keep: async () => {},
    },
  );
  for (let index = 0; index < 5; index++)
    await ctx.step({
      index,
      of: 5,
      state: { arrays: {}, numbers: {} },
      model,
      preview: { kind: 'latent', space: 's', data: new Float32Array(16).fill(index / 4), shape: [1, 1, 4, 4] },
    });
  expect(told.at(-1)).toMatchObject({ done: 5, of: 5 });
  expect(told.at(-1)?.preview?.url).toMatch(/^data:image/);
  expect(told.at(-1)?.preview?.url).not.toBe(told[0]?.preview?.url);
});
