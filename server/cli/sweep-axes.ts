import fs from 'node:fs';
import { definitionOf } from '../../nodes/check';
import { definitionsFor } from '../../nodes/component-node';
import type { FieldMeta } from '../../nodes/define';
import type { Graph } from '../../nodes/graph';
import { type AxisValue, emptySweep, type Sweep, type SweepAxis } from '../../nodes/sweep';
import { listValues, parseValues, sayValue } from '../../nodes/sweep-values';
import { userPath } from './places';
import { findNode } from './read-graph';
import { WrongUsage } from './usage';

/** A sweep from what the user wrote: `--axis node.param=values`, `--axis {word}=values`, `--skip "name=value ..."`. */
export function readAxes(graph: Graph, written: { axes: readonly string[]; skips: readonly string[] }): Sweep {
  const names = written.axes.map((text) => /^\{([^{}]+)\}=/.exec(text)?.[1] ?? '').filter(Boolean);
  const axes: SweepAxis[] = [];
  for (const text of written.axes) axes.push(readAxis(graph, { text, names, taken: axes.map(({ name }) => name) }));
  return { ...emptySweep(), axes, skips: written.skips.map((text) => readSkip(axes, text)) };
}

function readAxis(graph: Graph, about: { text: string; names: string[]; taken: string[] }): SweepAxis {
  const { text, names, taken } = about;
  const said = `--axis ${text}`;
  const word = /^\{([^{}]+)\}=([\s\S]*)$/.exec(text);
  if (word) return { name: word[1]!, values: valuesOf(said, word[2]!, { read: (part) => part }) };
  const match = /^([^=]+?)\.([^.=]+)=([\s\S]*)$/.exec(text);
  if (!match) throw new WrongUsage(`${said}: Write node.param=values, for example denoiser.steps=4,8,16.`);
  const [, place = '', param = '', values = ''] = match;
  const { id, node } = findNode(graph, place);
  const definition = definitionOf(definitionsFor(graph), node.type);
  const schema =
    definition && Object.hasOwn(definition.params.shape, param) ? definition.params.shape[param] : undefined;
  const isPort = !schema && definition !== undefined && Object.hasOwn(definition.inputs, param);
  const meta = (schema?.meta() ?? {}) as FieldMeta; // nodes give nothing else as meta
  const isWords = meta.control === 'words' || (isPort && definition.inputs[param]?.kind === 'text');
  const read = (part: string): AxisValue =>
    schema?.safeParse(part).success ? part : (parsed(part) ?? meta.alias?.(part) ?? part);
  const at = isPort ? { node: id, port: param } : { node: id, param };
  const name = taken.includes(param) ? `${id} ${param}` : param;
  return { name: name.slice(0, 40), at, values: valuesOf(said, values, { isWords, names, read }) };
}

function valuesOf(said: string, written: string, about: Parameters<typeof parseValues>[1]): SweepAxis['values'] {
  const isFile = written.startsWith('@');
  const text = isFile ? fileText(said, written.slice(1)) : written;
  // Lines of a file are values as they are, whatever commas they hold.
  const { values, problem } = parseValues(
    isFile && !about?.isWords ? text.trim().split(/\r?\n/).join(' || ') : text,
    about,
  );
  if (problem !== undefined) throw new WrongUsage(`${said}: ${problem}`);
  return values;
}

function fileText(said: string, name: string): string {
  try {
    return fs.readFileSync(userPath(name), 'utf8');
  } catch {
    throw new WrongUsage(
      `${said}: There is no file ${name}, or it cannot be read. Give one with a value on each line.`,
    );
  }
}

/** `steps=4 guidance=8,9`: the cells that have these values on these axes. */
function readSkip(axes: readonly SweepAxis[], text: string): Sweep['skips'][number] {
  const parts = [...text.matchAll(/([^\s=][^=]*?)=(\S+)/g)];
  if (!parts.length) throw new WrongUsage(`--skip ${text}: Write name=value, for example "steps=4 guidance=8".`);
  return Object.fromEntries(
    parts.map(([, name = '', values = '']) => {
      const axis = axes.find((one) => one.name === name.trim());
      if (!axis)
        throw new WrongUsage(
          `--skip ${text}: There is no axis "${name}". There are: ${axes.map((one) => one.name).join(', ') || 'none'}.`,
        );
      const wanted = values.split(',');
      const found = listValues(axis.values).filter((value) => wanted.includes(sayValue(value)));
      if (found.length < wanted.length)
        throw new WrongUsage(
          `--skip ${text}: "${name}" has no value ${wanted.find((one) => !found.some((value) => sayValue(value) === one))}. It has: ${listValues(axis.values).map(sayValue).join(', ')}.`,
        );
      return [axis.name, found];
    }),
  );
}

function parsed(text: string): AxisValue | undefined {
  try {
    return JSON.parse(text) as AxisValue; // JSON and nothing else comes out of it
  } catch {
    return undefined;
  }
}
