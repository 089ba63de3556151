import { describe, expect, test } from 'vitest';
import { check, fits, refuses } from '../../nodes/check';
import { port } from '../../nodes/define';
import { graphOf, models, textToVideo, wireOf } from './graphs-for-tests';

/** The usual sentence with a second checkpoint beside it, called `second`. */
function besides(id: string, swapped: string) {
  const graph = textToVideo();
  const { from, to } = wireOf(swapped);
  const wires = graph.wires.filter((wire) => wire.to.node !== to.node || wire.to.port !== to.port);
  const nodes = [...graph.nodes, { id: 'second', type: 'model', version: 1, params: { model: id } }];
  return { ...graph, nodes, wires: [...wires, { from, to }] };
}

describe('parts of checkpoints that do not belong together, refused before anything runs, both named', () => {
  test('the VAE of another model', () => {
    const { problems } = check(besides('wan22', 'second.vae > decoder.model'), models);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ at: 'decoder', port: 'clip' });
    expect(problems[0]!.says).toMatch(/Gosling.*"gosling-8x4".*Wan 2\.2.*"wan22-16x4"/);
  });

  test('the text encoder of another width, and of another family', () => {
    const width = check(besides('wan22', 'second.textEncoder > text.model'), models).problems;
    expect(width.map((problem) => problem.port)).toEqual(['text', 'avoid']);
    expect(width[0]!.says).toMatch(/Wan 2\.2 is 4096 numbers wide.*Gosling reads 64/);
    const family = check(besides('ltx', 'second.textEncoder > text.model'), models).problems;
    expect(family[0]!.says).toMatch(/LTX \(family ltx\).*Gosling/);
  });

  test('the denoiser of another model finds noise of the wrong space', () => {
    const { problems } = check(besides('wan22', 'second.denoiser > denoiser.model'), models);
    expect(problems.find((problem) => problem.port === 'noise')?.says).toMatch(/Gosling.*Wan 2\.2/);
  });

  test('a broken checkpoint says so at the model node', () => {
    const broken = { ...models, gosling: { ...models.gosling, broken: 'A file is missing. Add the folder again.' } };
    expect(check(textToVideo(), broken).problems).toEqual([
      { at: 'model', param: 'model', says: 'A file is missing. Add the folder again.' },
    ]);
  });
});

describe('sizes', () => {
  test.each([
    ['width', 70, '64 or 80'],
    ['height', 8, '16'],
    ['frames', 16, '13 or 17'],
    ['frames', 2, '1 or 5'],
  ])('%s %d: the nearest allowed values are named', (param, value, near) => {
    const { problems } = check(textToVideo({ noise: { [param]: value } }), models);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ at: 'noise', param });
    expect(problems[0]!.says).toContain(`Take ${near}.`);
  });

  test('a clip to rework must have the size of the noise', () => {
    const graph = graphOf(
      {
        model: ['model'],
        one: ['noise-seed', { width: 64 }],
        two: ['noise-seed', { width: 96 }],
        prompt: ['prompt'],
        text: ['text-encoder'],
        first: ['denoiser', { guidance: 1 }],
        rework: ['denoiser', { guidance: 1, strength: 0.5 }],
      },
      [
        'model.denoiser > one.model',
        'model.denoiser > two.model',
        'model.textEncoder > text.model',
        'prompt.text > text.prompt',
        'model.denoiser > first.model',
        'one.noise > first.noise',
        'text.text > first.text',
        'model.denoiser > rework.model',
        'two.noise > rework.noise',
        'text.text > rework.text',
        'first.clip > rework.clip',
      ],
    );
    expect(check(graph, models).problems).toEqual([
      { at: 'rework', port: 'clip', says: expect.stringContaining('8 latent columns, and the noise has 12') },
    ]);
  });

  test('a still beyond the last frame', () => {
    const graph = textToVideo();
    graph.nodes.push({ id: 'still', type: 'still', version: 1, params: { index: 17 } });
    graph.wires.push(wireOf('decoder.frames > still.frames'));
    expect(check(graph, models).problems[0]?.says).toContain('Take 16 or less');
  });
});

describe('settings that contradict each other', () => {
  test('guidance without something to keep away from; strength without a clip; an interval that ends before it begins', () => {
    const graph = textToVideo({ denoiser: { strength: 0.5, guidanceStart: 0.8, guidanceEnd: 0.2 } });
    graph.wires = graph.wires.filter((wire) => wire.to.port !== 'avoid');
    const { problems } = check(graph, models);
    expect(problems.map(({ port: at, param }) => at ?? param)).toEqual(['avoid', 'guidanceStart', 'strength']);
  });
});

describe('known frames', () => {
  const pinned = (model: string, params: Record<string, unknown>, asset = 'a'.repeat(64)) =>
    graphOf(
      {
        model: ['model', { model }],
        noise: ['noise-seed', { width: 64, height: 64 }],
        prompt: ['prompt'],
        text: ['text-encoder'],
        image: ['image', { asset }],
        hold: ['frame-conditioner', params],
        denoiser: ['denoiser', { guidance: 1 }],
      },
      [
        'model.denoiser > noise.model',
        'model.textEncoder > text.model',
        'prompt.text > text.prompt',
        'model.vae > hold.model',
        'noise.noise > hold.noise',
        'image.frames > hold.frames',
        'model.denoiser > denoiser.model',
        'noise.noise > denoiser.noise',
        'text.text > denoiser.text',
        'hold.frames > denoiser.frames',
      ],
    );

  test('a model made for any takes any; one made for the first takes the first only; one for none, none', () => {
    expect(check(pinned('gosling', { position: 'last' }), models).problems).toEqual([]);
    expect(check(pinned('wan22', { position: 'first' }), models).problems).toEqual([]);
    const last = check(pinned('wan22', { position: 'last' }), models).problems;
    expect(last.map(({ at, port: where, param }) => `${at}.${where ?? param}`)).toEqual([
      'hold.position',
      'denoiser.frames',
    ]);
    expect(last[0]!.says).toMatch(/Wan 2\.2 was made for one known first frame/);
    expect(check(pinned('ltx', {}), models).problems.some((problem) => /LTX.*text alone/.test(problem.says))).toBe(
      true,
    );
  });

  test('a latent frame beyond the end, and a picture not yet chosen', () => {
    const beyond = check(pinned('gosling', { position: 'at', at: 5 }), models).problems;
    expect(beyond).toEqual([{ at: 'hold', param: 'at', says: expect.stringContaining('Take 4 or less') }]);
    expect(check(pinned('gosling', {}, ''), models).problems).toEqual([
      { at: 'image', param: 'asset', says: expect.stringContaining('Choose one') },
    ]);
    expect(check(pinned('gosling', {}, '../../etc/passwd'), models).problems[0]).toMatchObject({ param: 'asset' });
  });
});

describe('while a wire is dragged (U3, U25)', () => {
  const graph = textToVideo();
  const asks = (text: string, about = graph) => refuses(about, wireOf(text), models);

  test('what fits is not refused, and replaces the wire that is there', () => {
    expect(asks('noise.noise > denoiser.noise')).toBeNull();
    expect(asks('noise.noise > decoder.clip')).toBeNull();
  });

  test('itself, a circle, a long circle, another kind, another part, a socket or node that is not there', () => {
    expect(asks('denoiser.clip > denoiser.clip')).toContain('itself');
    const chained = { ...graph, nodes: [...graph.nodes, { id: 'again', type: 'denoiser', version: 1, params: {} }] };
    chained.wires = [...graph.wires, wireOf('denoiser.clip > again.clip')];
    expect(asks('again.clip > denoiser.clip', chained)).toContain('circle');
    expect(asks('prompt.text > denoiser.noise')).toMatch(/takes a latent clip/);
    expect(asks('model.textEncoder > decoder.model')).toMatch(/takes a VAE, not a text encoder/);
    expect(asks('denoiser.film > decoder.clip')).toContain('no output called');
    expect(asks('denoiser.clip > decoder.film')).toContain('no input called');
    expect(asks('ghost.clip > decoder.clip')).toContain('not there');
  });

  test('a wrong VAE, with the sentence that names both models; old problems elsewhere refuse nothing', () => {
    const two = {
      ...graph,
      nodes: [...graph.nodes, { id: 'second', type: 'model', version: 1, params: { model: 'wan22' } }],
    };
    expect(asks('second.vae > decoder.model', two)).toMatch(/Gosling.*Wan 2\.2/);
    const wrong = textToVideo({ noise: { width: 70 }, denoiser: { steps: 0 } });
    expect(asks('noise.noise > denoiser.clip', wrong)).toBeNull();
  });

  test('a circle that is there already, elsewhere, refuses nothing', () => {
    const nodes = ['a', 'b'].map((id) => ({ id, type: 'denoiser', version: 1, params: {} }));
    const wires = ['a.clip > b.clip', 'b.clip > a.clip'].map(wireOf);
    const circling = { ...graph, nodes: [...graph.nodes, ...nodes], wires: [...graph.wires, ...wires] };
    expect(asks('noise.noise > denoiser.noise', circling)).toBeNull();
    expect(asks('b.clip > a.noise', circling)).toContain('circle');
  });

  test('a socket says what it takes without a graph', () => {
    const vae = port.model('vae', 'A VAE');
    expect(fits({ kind: 'model', facts: { part: 'vae' } }, vae)).toBeNull();
    expect(fits({ kind: 'model', facts: {} }, vae)).toBeNull();
    expect(fits({ kind: 'model', facts: { part: 'denoiser' } }, vae)).toMatch(/not a denoiser/);
    expect(fits({ kind: 'text', facts: {} }, vae)).toMatch(/takes a model, not text/);
  });
});
