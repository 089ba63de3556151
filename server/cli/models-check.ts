import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { ModelCard } from '../../nodes/values';
import { scanModels } from '../inference/catalog';
import type { ForwardSize } from '../inference/families/forward';
import type { PartCheck } from '../inference/self-check';
import { setupFor } from './places';
import { Refused, WrongUsage } from './usage';

const usual = { side: 8, latents: 2, tokens: 16 };

/**
 * `skein models check <model>`: one forward of every part with inputs by formula. Prints what there is to compare with
 * another program (Σ|x| and the ends), and what it took: provider, seconds, GFLOP/s, memory.
 */
export async function checkModels(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      device: { type: 'string' },
      size: { type: 'string' },
      frames: { type: 'string' },
      tokens: { type: 'string' },
    },
  });
  const [id, ...rest] = positionals;
  if (id === undefined || rest.length) throw new WrongUsage('Name one model: skein models check <name>.');
  const setup = setupFor(values.device);
  const catalog = await scanModels(setup, { wanted: new Set([id]) });
  const model = catalog.get(id);
  if (!model) throw new Refused(`There is no model "${id}". There are: ${[...catalog.keys()].join(', ') || 'none'}.`);
  const { card, folder } = model;
  if (card.broken) throw new Refused(card.broken);
  if (card.lora)
    throw new Refused(`${card.title} is a LoRA, which computes nothing by itself. Check the model it changes.`);
  const size = sizeOf(card, values);
  // Not before the call is known to be right: onnxruntime takes its time to load.
  const { chooseDevice } = await import('../inference/devices');
  const { checkModel } = await import('../inference/self-check');
  const { device, says } = await chooseDevice(setup.device);
  const threads = Number(process.env['SKEIN_THREADS']) || availableParallelism();
  if (!values.json) console.log(`${card.title}, family ${card.family}. ${says} ${threads} threads.\n`);
  const parts: PartCheck[] = [];
  for await (const part of checkModel({ folder, card, device }, size)) {
    parts.push(part);
    if (!values.json) console.log(told(part, card));
  }
  if (values.json) {
    const { name, attention } = device;
    console.log(JSON.stringify({ model: id, family: card.family, device: name, attention, threads, size, parts }));
  } else console.log('Inputs are sin(0.11 i). docs/04-checkpoints.md has the lines that give the same in diffusers.');
  return parts.some(({ says: doubt }) => doubt) ? 1 : 0;
}

function sizeOf({ latent }: ModelCard, asked: { size?: string; frames?: string; tokens?: string }): ForwardSize {
  const [, width = '', height = ''] = /^(\d+)x(\d+)$/.exec(asked.size ?? '') ?? [];
  const sides = asked.size === undefined ? [usual.side * latent.scale, usual.side * latent.scale] : [+width, +height];
  const [wide = 0, high = 0] = sides.map((side) => Math.ceil(side / latent.multiple) * latent.multiple);
  if (!wide || !high || (asked.size !== undefined && (+width !== wide || +height !== high))) {
    throw new WrongUsage(`--size is <width>x<height>, both multiples of ${latent.multiple}: --size 256x256.`);
  }
  const frames = wholeNumber('--frames', asked.frames, (usual.latents - 1) * latent.time + 1);
  if ((frames - 1) % latent.time) throw new WrongUsage(`--frames is a multiple of ${latent.time}, plus 1.`);
  return {
    latent: { frames: (frames - 1) / latent.time + 1, height: high / latent.scale, width: wide / latent.scale },
    tokens: wholeNumber('--tokens', asked.tokens, usual.tokens),
  };
}

function wholeNumber(option: string, asked: string | undefined, otherwise: number): number {
  const number = asked === undefined ? otherwise : Number(asked);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new WrongUsage(`${option} is a whole number from 1.`);
}

function told(part: PartCheck, card: ModelCard): string {
  const { first, last, providers, onCpu, gflop, seconds, peak } = part;
  const numbers = (list: readonly number[]) => list.map((x) => x.toPrecision(6)).join(' ');
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
  const own = peak.private === undefined ? '' : `, of it private ${megabytes(peak.private)}`;
  const where = Object.entries(providers).map(([name, count]) => `${name} (${Math.round(count)} operators)`);
  const mixed = onCpu.length && Object.keys(providers).length > 1 ? `; on the CPU: ${onCpu.join(', ')}` : '';
  const lines = {
    input: part.input,
    output: part.shape.join(' x '),
    'Σ|x|': `${part.sumOfSizes.toPrecision(9)}   Σx ${part.sum.toPrecision(7)}`,
    ends: `${numbers(first)} … ${numbers(last)}`,
    ran: `${where.join(', ')}${mixed}`,
    took: `${seconds.toFixed(3)} s at ${(gflop / seconds).toFixed(1)} GFLOP/s (${gflop.toPrecision(3)} GFLOP); opened in ${part.openSeconds.toFixed(2)} s, first run ${part.firstSeconds.toFixed(2)} s`,
    memory: `${megabytes(peak.resident)} at most${own}`,
    ...(part.says ? { WRONG: part.says } : {}),
  };
  const dtype = card.parts[part.part]?.dtype ?? '';
  const rows = Object.entries(lines).map(([name, value]) => `  ${name.padEnd(8)}${value}`);
  return [`${part.name}  ${dtype}`, ...rows, ''].join('\n');
}
