import { expect, test } from 'vitest';
import { outlineOf } from '../../nodes/outline';
import { made } from './components-for-tests';
import { graphOf, textToVideo } from './graphs-for-tests';

test('an outline tells what one output was made of: its own prompts and settings, each once, through components too', () => {
  const plain = textToVideo({ model: { model: 'gosling' }, noise: { seed: 7 }, denoiser: { steps: 8, guidance: 4 } });
  const outline = { prompt: 'a red ball', settings: ['seed 7', '8 steps', 'UniPC', 'guidance 4', 'gosling'] };
  expect(outlineOf(plain, 'muxer')).toMatchObject(outline);
  expect(outlineOf(made(plain, ['noise', 'denoiser']), 'muxer')).toMatchObject(outline);
  const two = graphOf(
    {
      wanted: ['prompt', { text: ' a star ' }],
      unwanted: ['prompt', { text: 'rain' }],
      text: ['text-encoder', {}],
      first: ['denoiser', { sampler: 'euler', steps: 4, guidance: 3 }],
      second: ['denoiser', { sampler: 'euler', steps: 4, guidance: 1 }],
      a: ['vae-decoder', {}],
      b: ['vae-decoder', {}],
    },
    [
      'wanted.text > text.prompt',
      'unwanted.text > text.negative',
      'text.text > first.text',
      'text.text > second.text',
      'first.clip > a.clip',
      'second.clip > b.clip',
    ],
  );
  expect(outlineOf(two, 'a')).toMatchObject({ prompt: 'a star', settings: ['4 steps', 'Euler', 'guidance 3'] });
  expect(outlineOf(two, null).settings).toEqual(['4 steps', 'Euler', 'guidance 3', 'guidance 1']);
});
