import type { PinnedFigures } from './pinned-figures';
import type { textFigures } from './text-figures';
import type { WideFigures } from './wide-figures';

export interface Figures {
  text: ReturnType<typeof textFigures>;
  pinned?: PinnedFigures;
  wide?: WideFigures;
  /** Of the default clip, models already open; absent when it was not timed. */
  seconds?: number;
}

interface Gate {
  name: string;
  value: number | undefined;
  shuffled?: number;
  /** What a CPU-trained and a GPU-trained model must reach. */
  cpu?: number;
  gpu?: number;
  /** Of a CPU-trained model this is reported, whatever it is. */
  isReport?: boolean;
  unit: '%' | 'dB' | 's' | '';
  isCeiling?: boolean;
}

/** Every figure with its gates, in the order of the card. Shares are 0..1. */
export const gatesOf = ({ text, pinned, wide, seconds }: Figures): Gate[] => [
  { name: 'place', value: text.place, shuffled: text.shuffled.place, cpu: 0.95, gpu: 0.97, unit: '%' },
  { name: 'colour', value: text.colour, shuffled: text.shuffled.colour, cpu: 0.9, gpu: 0.95, unit: '%' },
  { name: 'direction', value: text.direction, shuffled: text.shuffled.direction, cpu: 0.8, gpu: 0.92, unit: '%' },
  { name: 'shape', value: text.shape, shuffled: text.shuffled.shape, cpu: 0.8, gpu: 0.9, unit: '%' },
  { name: 'motion', value: text.motion, shuffled: text.shuffled.motion, unit: '%' },
  { name: 'all of it', value: text.all, shuffled: text.shuffled.all, unit: '%' },
  {
    name: 'left-right relation (signed)',
    value: wide?.pairs.relation,
    shuffled: wide?.pairs.shuffled,
    gpu: 0.85,
    unit: '%',
    isReport: true,
  },
  {
    name: 'permanence after occlusion',
    value: wide?.hiding.kept,
    shuffled: wide?.hiding.shuffled,
    gpu: 0.8,
    unit: '%',
    isReport: true,
  },
  { name: 'flicker', value: text.flicker, cpu: 0.97, gpu: 0.985, unit: '' },
  { name: 'flicker, still prompts', value: text.flickerStill, unit: '' },
  { name: 'image to video, frame 0', value: pinned?.imageFrame0, cpu: 26, gpu: 32, unit: 'dB' },
  { name: 'loop seam', value: pinned?.loopSeam, cpu: 2, gpu: 1.5, unit: '', isCeiling: true },
  { name: 'extension seam', value: pinned?.extensionSeam, cpu: 2, gpu: 1.5, unit: '', isCeiling: true },
  { name: 'VAE round trip', value: pinned?.roundTrip, cpu: 32, gpu: 36, unit: 'dB' },
  { name: 'default clip', value: seconds, cpu: 10, gpu: 25, unit: 's', isCeiling: true },
];

const shown = (value: number | undefined, { unit }: Gate): string => {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (unit === '%') return `${(100 * value).toFixed(1)} %`;
  return unit ? `${value.toFixed(1)} ${unit}` : value.toFixed(3);
};

/** True or false where there is a figure and a gate. */
export function isMet({ value, isCeiling }: Gate, limit: number | undefined): boolean | undefined {
  if (value === undefined || limit === undefined || Number.isNaN(value)) return undefined;
  return isCeiling ? value <= limit : value >= limit;
}

/** The table as Markdown, ready for the card. */
export function gateTable(figures: Figures): string {
  const limit = (gate: Gate, value: number | undefined) => {
    if (value === undefined) return '';
    const verdict = { true: 'met', false: 'missed', undefined: 'not measured' }[`${isMet(gate, value)}`];
    return `${gate.isCeiling ? '<=' : '>='} ${shown(value, gate)}: ${verdict}`;
  };
  const rows = gatesOf(figures).map((gate) => [
    gate.name,
    shown(gate.value, gate),
    gate.shuffled === undefined ? '' : shown(gate.shuffled, gate),
    gate.isReport ? 'report' : limit(gate, gate.cpu),
    limit(gate, gate.gpu),
  ]);
  return table(['', 'measured', 'shuffled prompts', 'CPU-trained gate', 'GPU-trained gate'], rows);
}

/** A Markdown table with its columns in line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, c) => Math.max(title.length, 3, ...rows.map((row) => row[c]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${widths.map((w, c) => (cells[c] ?? '').padEnd(w)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
