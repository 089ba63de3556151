import { z } from 'zod';
import type { AnyNode, FieldMeta, Ports } from './define';
import { label } from './label';

/** A socket in words. */
export interface PortWords {
  name: string;
  title: string;
  kind: string;
  optional: boolean;
  says: string;
}

/** A setting in words: `range` is what it may be, `fallback` what it is when nobody says otherwise, as JSON. */
export interface SettingWords {
  name: string;
  title: string;
  range: string;
  fallback: string;
  says: string;
}

export interface NodeWords {
  takes: PortWords[];
  gives: PortWords[];
  settings: SettingWords[];
}

type Field = FieldMeta & {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Field[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
};

/** What there is to know of a node, read off its definition: `docs/nodes.md` and the help beside the canvas say this. */
export function describeNode(node: AnyNode): NodeWords {
  // Sound: zod documents JSON Schema output; `.meta` fields are copied into it as they are.
  const schema = z.toJSONSchema(node.params, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Field>;
  };
  const settings = Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    title: field.title ?? label(name),
    range: range(field),
    fallback: JSON.stringify(field.default) ?? '',
    says: field.says ?? '',
  }));
  return { takes: ports(node.inputs), gives: ports(node.outputs), settings };
}

const ports = (list: Ports): PortWords[] =>
  Object.entries(list).map(([name, { kind, optional, says }]) => ({ name, title: label(name), kind, optional, says }));

function range(field: Field): string {
  if (field.anyOf) return field.anyOf.map((one) => (one.type === 'null' ? 'empty' : range(one))).join(' or ');
  if (field.enum) return field.enum.map((one) => `\`${one}\``).join(' ');
  const type = Array.isArray(field.type) ? field.type.join(' or ') : (field.type ?? '');
  if (field.minimum === undefined && field.maximum === undefined) return type;
  const most =
    field.maximum !== undefined && field.maximum < Number.MAX_SAFE_INTEGER ? ` to ${field.maximum}` : ' and up';
  return `${field.minimum ?? ''}${most}${field.unit ? ` ${field.unit}` : ''}`;
}
