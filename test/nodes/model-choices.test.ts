import { expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { fingerprints } from '../../nodes/fingerprint';
import model from '../../nodes/input/model';
import { smallGraph } from '../start/skein';
import { small } from './graphs-for-tests';

const devices = { denoiserDevice: 'auto', textDevice: 'auto', vaeDevice: 'auto' } as const;
const models = { 'wan21-t2v': { ...small, id: 'wan21-t2v' } };

/** The template with these choices at its model node: what each node is known by, and what is wrong. */
function made(choices: object, about = models) {
  const graph = smallGraph({ steps: 1, seed: 1 });
  const nodes = graph.nodes.map((node) =>
    node.type === 'model' ? { ...node, params: { ...node.params, ...choices } } : node,
  );
  const changed = { ...graph, nodes };
  const checked = check(changed, about);
  const prints = fingerprints(changed, { params: checked.params, models: about, device: 'cpu/fp32' });
  const byType = (type: string) => prints[changed.nodes.find((node) => node.type === type)!.id];
  const problems = checked.problems.map(({ says }) => says).join();
  const wire = (name: string) => Object.values(checked.types).flatMap((outputs) => outputs[name] ?? [])[0]?.facts;
  return { problems, facts: wire('denoiser'), text: wire('textEncoder'), print: byType };
}

test('fast and exact results are never taken for each other, and what does not depend on it is kept', () => {
  const [exact, fast] = [made({}), made({ precision: 'fast' })];
  expect(fast.print('denoiser')).not.toBe(exact.print('denoiser'));
  expect(fast.print('vae-decoder')).not.toBe(exact.print('vae-decoder'));
  expect(fast.print('text-encoder')).toBe(exact.print('text-encoder'));
  expect(fast.print('model')).not.toBe(exact.print('model'));
});

test('another device for one part makes anew what that part made', () => {
  const [usual, moved] = [made({}), made({ textDevice: 'webgpu' })];
  expect(moved.print('text-encoder')).not.toBe(usual.print('text-encoder'));
  expect(moved.print('noise-seed')).toBe(usual.print('noise-seed'));
  const vae = made({ vaeDevice: 'cpu' });
  expect(vae.print('denoiser')).toBe(usual.print('denoiser'));
  expect(vae.print('vae-decoder')).not.toBe(usual.print('vae-decoder'));
});

test('the wire says how exact the denoiser is, as soon as it was measured', () => {
  expect(made({}).facts).not.toHaveProperty('precision');
  expect(made({ precision: 'fast' }).facts).toMatchObject({ precision: 'fast' });
  const measured = Object.fromEntries(
    Object.entries(models).map(([id, card]) => [
      id,
      { ...card, fast: { denoiser: { error: 0.009, bytes: 1 }, 'text-encoder': { error: 0.03, bytes: 1 } } },
    ]),
  );
  expect(made({ precision: 'fast' }, measured as typeof models).facts).toMatchObject({
    precision: 'fast',
    error: 0.009,
  });
  const wires = made({ textPrecision: 'fast' }, measured as typeof models);
  expect(wires.facts).not.toHaveProperty('precision');
  expect(wires.text).toMatchObject({ precision: 'fast', error: 0.03 });
});

test('how exactly the words are read counts for what is made of them, and leaves the noise and the other wires alone', () => {
  const [exact, fast] = [made({}), made({ textPrecision: 'fast' })];
  expect(fast.print('text-encoder')).not.toBe(exact.print('text-encoder'));
  expect(fast.print('denoiser')).not.toBe(exact.print('denoiser'));
  expect(fast.print('noise-seed')).toBe(exact.print('noise-seed'));
  // By the wire alone: words that are given by hand to a denoiser know nothing of it.
  const params = { model: 'wan21-t2v', precision: 'exact', textPrecision: 'fast', ...devices } as const;
  const of = (output: string, textPrecision: 'exact' | 'fast') =>
    model.outputIdentity?.({ output, params: { ...params, textPrecision }, models });
  for (const output of ['denoiser', 'vae']) expect(of(output, 'fast')).toEqual(of(output, 'exact'));
  expect(of('textEncoder', 'fast')).not.toEqual(of('textEncoder', 'exact'));
});

test('eight bits on a graphics card are refused before Run', () => {
  expect(made({ precision: 'fast', denoiserDevice: 'webgpu' }).problems).toMatch(
    /fast mode computes in eight bits on a CPU, and webgpu cannot\. Choose cpu or auto for the denoiser, or exact/,
  );
  expect(made({ precision: 'fast', denoiserDevice: 'cpu' }).problems).toBe('');
  expect(made({ textPrecision: 'fast', textDevice: 'cuda' }).problems).toMatch(
    /cuda cannot.* for the text encoder, or/,
  );
  expect(made({ textPrecision: 'fast', denoiserDevice: 'cuda' }).problems).toBe('');
  expect(made({ precision: 'exact', denoiserDevice: 'webgpu' }).problems).toBe('');
});

test('fp16 is for graphics cards', () => {
  const half = (device: string) => made({ precision: 'half', denoiserDevice: device });
  expect(half('webgpu').problems).toBe('');
  expect(half('webgpu').facts).toMatchObject({ precision: 'half' });
  expect(half('cpu').problems).toMatch(/fp16 is for graphics cards; a CPU would only take longer.* for the denoiser/);
  const reading = (device: string) => made({ textPrecision: 'half', textDevice: device });
  expect(reading('cpu').problems).toMatch(/a CPU would only take longer.* for the text encoder/);
  expect(reading('webgpu').text).toMatchObject({ precision: 'half', device: 'webgpu' });
  expect(half('webgpu').print('denoiser')).not.toBe(made({ denoiserDevice: 'webgpu' }).print('denoiser'));
});
