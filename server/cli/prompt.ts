import path from 'node:path';
import { parseArgs } from 'node:util';
import { templates } from '../../graphs/registry';
import { type Graph, readGraph } from '../../nodes/graph';
import type { ModelCard, Models } from '../../nodes/values';
import { carryOut } from './carry-out';
import { setupFor, userPath } from './places';
import { applySet } from './read-graph';
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
  const size = /^(\d+)x(\d+)$/.exec(values.size ?? '');
  if (values.size !== undefined && !size) throw new WrongUsage(`--size ${values.size}: Write it as 832x480.`);
  const out = userPath(values.out ?? `${slug(text)}.mp4`);
  const format = path.extname(out).slice(1).toLowerCase();
  if (!formats.includes(format)) throw new WrongUsage(`--out ${values.out}: End it with .${formats.join(', .')}.`);

  // Not before the call is known to be right: onnxruntime takes its time to load.
  const { openWorkshop } = await import('../worker/executor-workshop');
  const workshop = await openWorkshop(setupFor(values.device));
  try {
    const card = chosen(await workshop.models(), values.model);
    const { defaults } = card;
    const settings: Record<string, string | number | undefined> = {
      'model.model': card.id,
      'prompt.text': text,
      'negative.text': values.negative ?? defaults.negative ?? '',
      'noise.seed': values.seed,
      'noise.width': size?.[1] ?? defaults.width,
      'noise.height': size?.[2] ?? defaults.height,
      'noise.frames': values.frames ?? defaults.frames,
      'noise.fps': defaults.fps,
      'denoiser.steps': values.steps ?? defaults.steps,
      'denoiser.guidance': values.guidance ?? defaults.guidance,
      'denoiser.sampler': defaults.sampler,
      'denoiser.schedule': defaults.schedule,
      'image.asset': values.image,
      'muxer.format': format,
      'muxer.name': path.parse(out).name.slice(0, 120),
    };
    let graph = template(values.image === undefined ? 'text-to-video' : 'image-to-video');
    for (const [place, value] of Object.entries(settings))
      if (value !== undefined) graph = await applySet(graph, `${place}=${value}`, workshop.cache.files);
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
