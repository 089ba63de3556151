import os from 'node:os';
import { measure as timeDefaultClip } from '../gosling';
import { writeContactSheet } from './contact-sheet';
import { type Figures, gatesOf, gateTable, isMet } from './gates';
import { openKnowledge } from './knowledge';
import { readOptions, usage } from './options';
import { pinnedFigures } from './pinned-figures';
import { sizeFigures, sizeTable } from './size-figures';
import { openStudio } from './studio';
import { gridOf, sweep, sweepTable } from './sweep';
import { prompts, sampleAll, textFigures } from './text-figures';
import { openTruth } from './truth-clips';
import { wideFigures } from './wide-figures';

type Options = ReturnType<typeof readOptions>;

const round = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value);
const tell = (what: string) => (done: number, of: number) => {
  if (done === of || done % 10 === 0) process.stderr.write(`${what}: ${done} of ${of}\n`);
};

async function run(options: Options): Promise<void> {
  if (options.help) return console.log(usage);
  const precision = options.fast ? 'fast' : 'exact';
  const [studio, know] = await Promise.all([openStudio(options.modelFolder, { precision }), openKnowledge()]);
  const chosen = prompts.slice(0, options.prompts);
  try {
    const { sampler, steps, guidance } = studio.card.defaults;
    const grid = gridOf({
      samplers: options.samplers ?? [sampler],
      steps: options.steps ?? (options.sweep ? [4, 8, 12, 20] : [steps]),
      guidance: options.guidance ?? (options.sweep ? [1, 2, 3, 5] : [guidance]),
    });
    const about = {
      model: { id: studio.card.id, digest: studio.card.digest },
      machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, load: os.loadavg()[0] },
      precision,
      prompts: chosen.length,
      seeds: options.seeds,
    };
    if (options.sweep) {
      const rows = await sweep(studio, know, {
        grid,
        prompts: chosen,
        seeds: options.seeds,
        tell: (row) => process.stderr.write(`${JSON.stringify(row, round)}\n`),
      });
      console.log(options.json ? JSON.stringify({ ...about, rows }, round, 2) : sweepTable(rows));
      return;
    }
    const settings = grid[0]!;
    if (options.sizes) {
      const rows = await sizeFigures(studio, {
        prompts: chosen,
        settings,
        tell: (row) => process.stderr.write(`${JSON.stringify(row, round)}\n`),
      });
      console.log(options.json ? JSON.stringify({ ...about, settings, rows }, round, 2) : sizeTable(rows));
      return;
    }
    const samples = await sampleAll(studio, know, {
      prompts: chosen,
      seeds: options.seeds,
      settings,
      tell: tell('Prompts'),
    });
    if (options.sheet) await writeContactSheet(samples, options.sheet);
    const figures: Figures = { text: textFigures(samples) };
    if (!options.text) {
      figures.wide = await wideFigures(studio, know, {
        ...{ settings, seeds: options.seeds, most: chosen.length },
        tell: tell('Pairs and hiding'),
      });
      const clips = (await openTruth()).slice(0, Math.min(32, chosen.length));
      figures.pinned = await pinnedFigures(studio, know, { clips, settings, tell: tell('Known frames') });
      // The bench times the template with the model that ships, as it is.
      if (options.isDefaultModel && !options.fast) figures.seconds = (await timeDefaultClip()).warm.total;
    }
    const gates = gatesOf(figures).map((gate) => ({
      ...gate,
      met: { cpu: isMet(gate, gate.cpu), gpu: isMet(gate, gate.gpu) },
    }));
    const head = `${about.model.id} ${about.model.digest.slice(0, 12)}: ${chosen.length} prompts, ${options.seeds} seed(s), ${settings.sampler}, ${settings.steps} steps, guidance ${settings.guidance}${options.fast ? ', fast' : ''}`;
    console.log(
      options.json
        ? JSON.stringify({ ...about, settings, gates, ...figures }, round, 2)
        : `${head}\n\n${gateTable(figures)}`,
    );
  } finally {
    await studio.close();
  }
}

/**
 * `npm run quality` measures a model through the product: its nodes, ONNX Runtime, the files that ship.
 * `docs/07-benchmarks.md` says what the figures mean.
 */
try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('`npm run quality -- --help` says what can be asked for.');
  process.exitCode = 2;
}
