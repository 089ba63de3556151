import { describe, expect, test } from 'vitest';
import type { FieldMeta } from '../../nodes/define';
import { makeNode } from '../../nodes/graph';
import { registry, sections } from '../../nodes/registry';
import { kinds } from '../../nodes/values';

const all = Object.entries(registry);

describe.each(all)('%s', (type, definition) => {
  test('is called by its file, says what it does, and every socket says what it is for', () => {
    expect(definition.type).toBe(type);
    expect(definition.version).toBeGreaterThanOrEqual(1);
    expect(definition.title.length).toBeGreaterThan(1);
    expect(definition.says).toMatch(/^[A-Z].*\.$/s);
    for (const port of [...Object.values(definition.inputs), ...Object.values(definition.outputs)]) {
      expect(kinds).toContain(port.kind);
      expect(port.says.length).toBeGreaterThan(3);
    }
    expect(Object.keys(definition.outputs).length).toBeGreaterThan(0);
  });

  test('every param has a default, and a word for its control', () => {
    const { params } = makeNode(type, 'n');
    for (const [name, schema] of Object.entries(definition.params.shape)) {
      expect(params, name).toHaveProperty(name);
      // What defineNode asks of `.meta`.
      const meta = schema.meta() as FieldMeta | undefined;
      expect(meta?.says, `${type}.${name}`).toMatch(/\.$/);
    }
  });

  test('no param takes NaN, an infinity, or an object in place of a value', () => {
    const { params } = makeNode(type, 'n');
    const wrongs = [Number.NaN, Number.POSITIVE_INFINITY, { $ne: null }, [], true];
    for (const name of Object.keys(definition.params.shape))
      for (const wrong of wrongs.filter((one) => typeof one !== 'boolean' || typeof params[name] !== 'boolean'))
        expect(definition.params.safeParse({ ...params, [name]: wrong }).success, `${name} = ${String(wrong)}`).toBe(
          false,
        );
  });

  test('what it infers from nothing at all does not throw', () => {
    const { params } = makeNode(type, 'n');
    expect(() => definition.infer?.({ inputs: {}, params, models: {} })).not.toThrow();
  });
});

test('the palette has every node once', () => {
  expect(sections.flatMap((section) => section.types).sort()).toEqual(all.map(([type]) => type).sort());
});

test('outputs are the nodes that write files or measure, and only they give such', () => {
  for (const [type, { sink, outputs }] of all)
    expect(Boolean(sink), type).toBe(Object.values(outputs).some(({ kind }) => kind === 'file' || kind === 'measures'));
});
