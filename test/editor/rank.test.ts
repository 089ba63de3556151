import { expect, test } from 'vitest';
import { bestFirst, rankBySearch } from '../../app/editor/state/rank';

test('a name counts more than a description, its beginning more than its middle', () => {
  const ranks = [
    rankBySearch('Denoiser', 'deno'),
    rankBySearch('VAE decoder', 'deco'),
    rankBySearch('Frame conditioner', 'ditio'),
    rankBySearch('Frame conditioner', 'denoiser', ['the denoiser makes up the rest']),
    rankBySearch('Muxer', 'deno', ['pictures into a film']),
  ];
  expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => b - a));
  expect(ranks.at(-1)).toBe(0);
});

test('the section with the best answer stands first, and without a search all stand as they are', () => {
  const sections = [
    { name: 'condition', entries: ['Frame conditioner'] },
    { name: 'denoise', entries: ['Guidance', 'Denoiser'] },
  ];
  const words = (name: string) => ({ name, keywords: ['for the denoiser'] });
  const names = (search: string) => bestFirst(sections, words, search).map(({ name }) => name);
  expect(names('denoiser')).toEqual(['denoise', 'condition']);
  expect(names('frame')).toEqual(['condition', 'denoise']);
  expect(names(' ')).toEqual(['condition', 'denoise']);
});
