import path from 'node:path';
import { parseArgs } from 'node:util';
import { templates } from '../../graphs/registry';
import { type Graph, readGraph } from '../../nodes/graph';
import type { ModelCard, Models } from '../../nodes/values';
import { carryOut } from './carry-out';
import { mustTake } from './destination';
import { setupFor, userPath } from './places';
import { setParam } from './read-graph';
import { Refused, WrongUsage } from './usage';

const formats = ['mp4', 'webm', 'gif', 'webp'];

/** `skein prompt "<text>" ...`: the text-to-video graph, or the image-to-video one, with these params. */
export async function prompt(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      negative: { type: 'string' },
      seed: { type: 'string' },
      steps: { type: 'string' },
      guidance: { type: 'string' },
      size: { type: 'string' },
      frames: { type: 'string' },
      image: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      'no-cache': { type: 'boolean', default: false },
      device: { type: 'string' },
    },
  });
  const [text, ...rest] = positionals;
  if (text === undefined || rest.length) throw new WrongUsage('Give one text in quotes: skein prompt "a red ball".');
  const sides = /^(\d+)x(\d+)$/.exec(values.size ?? '');
  if (values.size !== undefined && !sides) throw new WrongUsage(`--size ${values.size}: Write it as 832x480.`);
  const out = userPath(values.out ?? `${slug(text)}.mp4`);
  const format = path.extname(out).slice(1).toLowerCase();
  if (!formats.includes(format)) throw new WrongUsage(`--out ${values.out}: End it with .${formats.join(', .')}.`);

  mustTake({ file: out });

  // Not before the call is known to be right: onnxruntime takes its time to load.
  const { openWorkshop } = await import('../worker/executor-workshop');
  const workshop = await openWorkshop(setupFor(values.device));
  try {
    let models = await workshop.models(new Set([values.model ?? 'gosling']));
    // Any other will do then: what there is must be known.
    if (values.model === undefined && !models.gosling) models = await workshop.models();
    const card = chosen(models, values.model);
    const { defaults } = card;
    const { size, ...plain } = values;
    /** What the user wrote for a param, else what the checkpoint is used to. */
    const asked = (option: keyof typeof plain, usual?: string | number) =>
      plain[option] === undefined
        ? { text: usual, said: `The default of ${card.title}` }
        : { text: String(plain[option]), said: `--${option} ${plain[option]}` };
    const side = (text: string | undefined, usual: number) => ({ text: text ?? usual, said: `--size ${size}` });
    const settings: Record<string, { text?: string | number; said: string }> = {
      'model.model': asked('model', card.id),
      'prompt.text': { text, said: 'The text' },
      'negative.text': asked('negative', defaults.negative ?? ''),
      'noise.seed': asked('seed'),
      'noise.width': side(sides?.[1], defaults.width),
      'noise.height': side(sides?.[2], defaults.height),
      'noise.frames': asked('frames', defaults.frames),
      'noise.fps': { text: defaults.fps, said: `The default of ${card.title}` },
      'denoiser.steps': asked('steps', defaults.steps),
      'denoiser.guidance': asked('guidance', defaults.guidance),
      // Who says a guidance means both networks.
      'denoiser.guidanceLow': {
        ...(values.guidance === undefined && defaults.guidanceLow ? { text: defaults.guidanceLow } : {}),
        said: `The default of ${card.title}`,
      },
      'denoiser.sampler': { text: defaults.sampler, said: `The default of ${card.title}` },
      'denoiser.schedule': { text: defaults.schedule, said: `The default of ${card.title}` },
      'image.asset': asked('image'),
      'muxer.format': { text: format, said: '--out' },
      'muxer.name': { text: path.parse(out).name.slice(0, 120), said: '--out' },
    };
    let graph = template(values.image === undefined ? 'text-to-video' : 'image-to-video');
    for (const [place, { text, said }] of Object.entries(settings)) {
      const [node = '', param = ''] = place.split('.');
      if (text !== undefined)
        graph = await setParam(graph, { node, param, text: String(text), said }, workshop.cache.files);
    }
    return await carryOut(workshop, { graph, to: { file: out }, fresh: values['no-cache'], isJson: values.json });
  } finally {
    await workshop.close();
  }
}

function chosen(models: Models, name: string | undefined): ModelCard {
  const usable = Object.values(models).filter((card) => !card.broken);
  const card = name === undefined ? (models.gosling ?? usable[0]) : models[name];
  if (card?.broken) throw new Refused(card.broken);
  if (card) return card;
  const known = Object.keys(models).join(', ') || 'none';
  throw new Refused(
    name === undefined
      ? 'There is no model yet. Add one: skein models add <folder>.'
      : `The model "${name}" is not in the library (there: ${known}). Choose another, or add its folder.`,
  );
}

function template(name: string): Graph {
  const { graph, problem } = readGraph(structuredClone(templates[name]));
  if (!graph) throw new Error(`The template "${name}" cannot be read: ${problem}`);
  return graph;
}

/** A file name from the first words. */
function slug(text: string): string {
  const words =
    text
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 60).replace(/-+$/, '') || 'clip';
}
