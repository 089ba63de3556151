import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsOf, lawful } from '../../app/editor/state/fields';
import { editDistance, strangeWords } from '../../app/editor/state/words';
import { defineNode } from '../../nodes/define';
import { registry } from '../../nodes/registry';

const node = defineNode({
  type: 'sample',
  version: 1,
  title: 'Sample',
  says: 'A node with one param of each sort.',
  inputs: {},
  outputs: {},
  params: z.object({
    steps: z.int().min(1).max(50).default(20),
    strength: z.number().min(0).max(1).default(1),
    fps: z.number().min(1).max(240).nullable().default(null).meta({ unit: 'fps', step: 1 }),
    mode: z.enum(['one', 'two']).default('one'),
    loop: z.boolean().default(false),
    words: z.string().default('').meta({ control: 'words', advanced: true }),
  }),
  run: async () => ({}),
});

describe('controls follow from the schema', () => {
  const fields = Object.fromEntries(fieldsOf(node).map((field) => [field.name, field]));
  test('each sort of param has its control', () => {
    const controls = Object.values(fields).map(({ control }) => control);
    expect(controls).toEqual(['number', 'number', 'number', 'select', 'switch', 'words']);
    expect(fields['mode']?.options).toEqual(['one', 'two']);
    expect(fields['words']?.advanced).toBe(true);
  });
  test('bounds come along, also through nullable; open ones stay open', () => {
    expect(fields['steps']).toMatchObject({ min: 1, max: 50, step: 1, whole: true, nullable: false });
    expect(fields['strength']).toMatchObject({ step: 0.01, whole: false });
    expect(fields['fps']).toMatchObject({ min: 1, max: 240, nullable: true, unit: 'fps' });
  });
  test('a field for LoRAs offers those, and one for models does not', () => {
    const offers = (type: string) => fieldsOf(registry[type]!).find(({ control }) => control === 'model')?.offers;
    expect(offers('lora')).toBe('loras');
    expect(offers('model')).toBeUndefined();
  });
  test('every param of every node there is has a control that can hold its default', () => {
    for (const definition of Object.values(registry)) {
      const names = fieldsOf(definition).map((field) => field.name);
      expect(names).toEqual(Object.keys(definition.params.shape));
      const defaults = Object.fromEntries(fieldsOf(definition).map((field) => [field.name, field.fallback]));
      expect(definition.params.safeParse(defaults).success, definition.type).toBe(true);
    }
  });
  test('scrubbing never leaves the law, and leaves no binary dust', () => {
    const strength = { min: 0, max: 1, step: 0.1, whole: false };
    expect(lawful(strength, 0.1 + 0.2)).toBe(0.3);
    expect(lawful(strength, 7)).toBe(1);
    expect(lawful({ min: 1, max: 4097, step: 4, whole: true }, 18)).toBe(17);
  });
});

describe('words a model does not know', () => {
  const vocabulary = {
    colour: ['red', 'green'],
    thing: ['ball', 'starfish'],
    motion: ['moves to the right', 'bounces', 'sits'],
    place: ['in the meadow'],
  };
  const strange = (text: string) => strangeWords(text, vocabulary).map(({ word, nearest }) => [word, nearest]);
  test('known words pass in any case and ending', () => {
    expect(strange('A RED ball bouncing; green balls sitting in the meadow, moving right')).toEqual([]);
  });
  test('a slip is offered its nearest word, a new thing is only marked', () => {
    expect(strange('a gren dragon in the medow')).toEqual([
      ['gren', 'green'],
      ['dragon', undefined],
      ['medow', 'meadow'],
    ]);
  });
  test('places are exact, so that a word can be put in place of another', () => {
    const text = 'a gren ball';
    const [found] = strangeWords(text, vocabulary);
    expect(text.slice(0, found!.start) + found!.nearest + text.slice(found!.end)).toBe('a green ball');
  });
  test('distance counts a swap of neighbours as one', () => {
    expect(editDistance('blal', 'ball')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('same', 'same')).toBe(0);
  });
});
