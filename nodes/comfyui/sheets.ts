import { completed } from './blueprint';
import { type Level, listOf, namesSubgraph, type PageDocument, type Subgraph, type UiNode } from './page-format';
import {
  controlsOf,
  fromInside,
  idOn,
  inputsOf,
  isPassage,
  nodeOf,
  type Outer,
  type Sheet,
  source,
  switchOf,
} from './sources';
import type { ComfyNode, Fault, Host, Place, Workflow } from './workflow';

/** Deepest nesting of subgraphs that is followed. */
const deepest = 100;
/** Nodes a workflow may come to when all its subgraphs are laid open. */
const nodesAllowed = 20_000;

/** A workflow in the format of ComfyUI's page; a sentence when it would unfold beyond all measure. */
export function fromPage(saved: PageDocument): Workflow | { problem: string } {
  const { page: document, added } = completed(saved);
  const definitions = new Map(document.definitions?.subgraphs.map((one) => [one.id, one]));
  const faults: Fault[] = [];
  const making: Making = { definitions, faults, room: nodesAllowed };
  for (const { id, type, title } of document.nodes)
    if (added.has(id)) {
      const name = title ?? definitions.get(type)?.name ?? 'Subgraph';
      const says = 'It stands alone: a card for each picture it takes, and one that writes what it makes, were added.';
      faults.push({ at: id, type: name, kind: 'off', says });
    }
  const root = sheetOf(document, making, { id: '', path: [] });
  if (making.room < 0)
    return {
      problem: `The subgraphs of this ComfyUI workflow would unfold to more than ${nodesAllowed.toLocaleString('en')} nodes. Take some of them out in ComfyUI and save it anew.`,
    };
  const nodes = new Map<string, ComfyNode>();
  const hosts = new Map<string, Host>();
  const remarks: { text: string; home: string }[] = [];
  const off = new Set<string>();
  const places = new Map<string, Place>();
  const frames: Workflow['frames'][number][] = [];
  const walk = (sheet: Sheet): void => {
    if (sheet.outer) hosts.set(sheet.id, hostOf(sheet, sheet.outer));
    for (const one of sheet.frames) frames.push({ ...one, home: sheet.id });
    for (const node of sheet.nodes.values()) {
      const inner = sheet.inner.get(node.id);
      const { pos, size = { x: 0, y: 0 } } = node;
      if (pos) places.set(idOn(sheet, node.id), { ...pos, width: size.x, height: size.y });
      const switched = switchOf(sheet, node);
      if (node.mode !== 0) off.add(idOn(sheet, node.id));
      if (inner) walk(inner);
      else if (/^(Markdown)?Note$/.test(node.type))
        remarks.push({ text: String(listOf(node)[0] ?? ''), home: sheet.id });
      else if (isPassage(node.type) || /^(PrimitiveNode|GetNode)$/.test(node.type)) continue;
      else if (switched === undefined || !(definitions.has(node.type) || namesSubgraph(node.type))) {
        const id = idOn(sheet, node.id);
        nodes.set(id, { id, type: node.type, title: node.title, off: switched, ...inputsOf(sheet, node) });
      }
    }
  };
  walk(root);
  return { nodes, hosts, remarks: remarks.filter(({ text }) => text.trim() !== ''), faults, off, places, frames };
}

interface Making {
  definitions: ReadonlyMap<string, Subgraph>;
  faults: Fault[];
  room: number;
}

function sheetOf(
  content: Level,
  making: Making,
  about: { id: string; path: readonly string[]; outer?: Outer | undefined },
): Sheet {
  const { id, path, outer } = about;
  const inner = new Map<string, Sheet>();
  const sheet: Sheet = {
    id,
    nodes: new Map(content.nodes.map((node) => [node.id, node])),
    links: new Map(content.links.map((link) => [link.number, link])),
    frames: content.groups,
    inner,
    faults: making.faults,
    ...(outer ? { outer } : {}),
  };
  making.room -= content.nodes.length;
  for (const node of sheet.nodes.values()) {
    const definition = making.definitions.get(node.type);
    const says = whyClosed(node, definition, path);
    const title = node.title ?? definition?.name;
    if (says) {
      const kind = node.mode === 0 ? 'closed' : 'off';
      making.faults.push({ at: idOn(sheet, node.id), type: title ?? 'Subgraph', kind, says });
    } else if (definition && making.room >= 0) {
      const below = { id: idOn(sheet, node.id), path: [...path, definition.id], outer: { sheet, node, definition } };
      inner.set(node.id, sheetOf(definition, making, below));
    }
  }
  return sheet;
}

/** Why a node that stands for a subgraph is not opened; undefined when it is, or is another node. */
function whyClosed(node: UiNode, definition: Subgraph | undefined, path: readonly string[]): string | undefined {
  if (!definition && !namesSubgraph(node.type)) return undefined;
  if (!definition)
    return 'The file does not hold this subgraph, so nothing of it could be brought over. Open the workflow in ComfyUI where the subgraph is, and save it anew.';
  if (path.includes(definition.id))
    return 'This subgraph contains itself, so it could not be opened. Take it out of itself in ComfyUI.';
  if (path.length >= deepest)
    return `Subgraphs are nested deeper than ${deepest} levels here: what is further in was left out. Unpack some of them in ComfyUI.`;
  return undefined;
}

function hostOf(sheet: Sheet, outer: Outer): Host {
  const { node, definition, sheet: around } = outer;
  const name = definition.name || node.title || 'Subgraph';
  const label = (one: { label?: string | null | undefined }) => one.label ?? undefined;
  return {
    id: sheet.id,
    definition: definition.id,
    name,
    title: node.title && node.title !== name ? node.title : undefined,
    controls: controlsOf(outer).map(({ name, label }) => ({ name, label })),
    inputs: definition.inputs.map((one) => {
      const link = node.inputs.find(({ name }) => name === one.name)?.link;
      const from = link == null ? undefined : nodeOf(source(around, link, { node, name: one.name, evenOff: true }));
      return { name: one.name, label: label(one), from };
    }),
    outputs: definition.outputs.map((one, slot) => ({
      name: one.name,
      label: label(one),
      from: nodeOf(fromInside(sheet, slot, { evenOff: true })),
    })),
  };
}
