import { describe, expect, test } from 'vitest';
import { dissolve } from '../../nodes/component-edits';
import { cleaned } from '../../nodes/component-pages';
import { readGraph } from '../../nodes/graph';

describe('the saved format', () => {
  const stored = {
    format: 'skein-graph',
    version: 2,
    nodes: [{ id: 'words', type: 'component:mine', version: 1, params: { text: 'a ball' } }],
    wires: [],
    components: [
      {
        key: 'mine',
        id: 'c1',
        version: 3,
        name: 'Words',
        nodes: [{ id: 'prompt', type: 'prompt', version: 1, params: { text: '' } }],
        wires: [],
        inputs: [],
        outputs: [{ name: 'text', from: { node: 'prompt', port: 'text' } }],
        params: [{ name: 'text', title: 'Scene', node: 'prompt', param: 'text' }],
      },
    ],
    form: { fields: [{ node: 'words', param: 'text', group: 'Scene' }] },
  };

  test('a document of version 2 is read; its key is the digest it had when the format was made', () => {
    const { graph } = readGraph(stored);
    expect(graph?.components?.[0]).toMatchObject({ version: 3, name: 'Words', key: graph?.nodes[0]?.type.slice(10) });
    expect(graph?.components?.[0]?.key).toBe('46d4a99df2007abc3b254d50747cbd58');
    expect(graph?.form).toEqual(stored.form);
    expect(readGraph(JSON.stringify(graph))).toEqual({ graph });
  });

  test('a document of version 1 stays one, so that an older Skein can read what it understands', () => {
    expect(readGraph({ ...stored, version: 1, nodes: [], components: undefined, form: undefined }).graph?.version).toBe(
      1,
    );
    const { graph } = dissolve(readGraph(stored).graph!, 'words');
    expect(cleaned({ ...graph, form: undefined }).version).toBe(1);
  });

  test.each([
    ['a socket that hurts', { outputs: [{ name: '__proto__', from: { node: 'prompt', port: 'text' } }] }],
    ['an input that leads nowhere', { inputs: [{ name: 'a', to: [] }] }],
    ['a version that is none', { version: 0 }],
  ])('%s is refused', (_, wrong) => {
    expect(readGraph({ ...stored, components: [{ ...stored.components[0], ...wrong }] }).problem).toMatch(
      /components\.0\./,
    );
  });
});
