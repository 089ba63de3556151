import { expect, test } from 'vitest';
import { freeName, isFound, tagCounts } from '../../app/library/found';
import { emptyGraph } from '../../nodes/graph';
import { tidyTags, wordsOf } from '../../nodes/tags';

test('tags are kept tidy: no two alike, none empty, none too long', () => {
  expect(tidyTags(' night ,#Rain,, NIGHT, two   words')).toEqual(['night', 'Rain', 'two words']);
  expect(tidyTags(['x'.repeat(60)])).toEqual(['x'.repeat(40)]);
  expect(tidyTags(Array.from({ length: 50 }, (_, i) => `${i}`))).toHaveLength(20);
});

test('a graph is found by name, tags and what it says; a # asks for tags only', () => {
  const prompt = { id: 'prompt', type: 'prompt', version: 1, params: { text: 'A Red Boat at dusk', mode: 'plain' } };
  const words = wordsOf({ ...emptyGraph(), about: 'For the harbour', nodes: [{ ...prompt, title: 'Opening' }] });
  const thing = { name: 'Film one', tags: ['Night'], words };
  for (const sought of ['', 'film', 'night', '#nig', 'boat film', 'HARBOUR opening'])
    expect([sought, isFound(thing, sought)]).toEqual([sought, true]);
  for (const sought of ['#film', '#boat', 'film two', 'plain'])
    expect([sought, isFound(thing, sought)]).toEqual([sought, false]);
});

test('the commonest tag comes first, whatever its case', () => {
  const things = [['b', 'A'], ['a'], ['c']].map((tags) => ({ name: '', tags }));
  expect(tagCounts(things)).toEqual([
    { tag: 'A', count: 2 },
    { tag: 'b', count: 1 },
    { tag: 'c', count: 1 },
  ]);
});

test('a second copy of a template has a name of its own', () => {
  const taken = [{ name: 'Loop' }, { name: 'Loop 2' }];
  expect(['Loop', 'Film'].map((name) => freeName(name, taken))).toEqual(['Loop 3', 'Film']);
});
