import { z } from 'zod';
import { label } from '../../../nodes/check';
import type { AnyNode, FieldMeta } from '../../../nodes/define';

/** One control of a card, read off the node's schema. */
export interface Field {
  name: string;
  title: string;
  says?: string;
  unit?: string;
  control: NonNullable<FieldMeta['control']>;
  advanced: boolean;
  accept?: string;
  offers?: FieldMeta['offers'];
  when?: FieldMeta['when'];
  unless?: string;
  /** For numbers. Absent bounds are open. */
  min?: number;
  max?: number;
  step: number;
  whole: boolean;
  options?: readonly (string | number)[];
  /** May be left empty (null): the node then decides by itself. */
  nullable: boolean;
  fallback: unknown;
}

/** JSON Schema as zod writes it, with our `.meta` beside the standard words. */
interface Shape extends FieldMeta {
  type?: string | string[];
  anyOf?: Shape[];
  enum?: (string | number)[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
}

const cache = new WeakMap<AnyNode, readonly Field[]>();

/** The controls of a node, in the order of its params. */
export function fieldsOf(definition: AnyNode): readonly Field[] {
  const known = cache.get(definition);
  if (known) return known;
  const schema = z.toJSONSchema(definition.params, { io: 'input', unrepresentable: 'any' });
  // zod's own output type leaves `.meta` extras open; Shape names those that FieldMeta allows.
  const properties = (schema.properties ?? {}) as Record<string, Shape>;
  const fields = Object.entries(properties).map(([name, shape]) => fieldOf(name, shape));
  cache.set(definition, fields);
  return fields;
}

function fieldOf(name: string, outer: Shape): Field {
  const inner = outer.anyOf?.find((one) => one.type !== 'null');
  const nullable = Boolean(inner) || (Array.isArray(outer.type) && outer.type.includes('null'));
  const plain = Array.isArray(outer.type) ? outer.type.find((type) => type !== 'null') : outer.type;
  const shape = { ...inner, ...outer, type: inner?.type ?? plain };
  const whole = shape.type === 'integer';
  const bound = (value: number | undefined) =>
    value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
  const min = bound(shape.minimum);
  const max = bound(shape.maximum);
  return {
    name,
    title: shape.title ?? label(name),
    says: shape.says,
    unit: shape.unit,
    control: shape.control ?? controlFor(shape),
    advanced: shape.advanced ?? false,
    accept: shape.accept,
    offers: shape.offers,
    when: shape.when,
    unless: shape.unless,
    min,
    max,
    step: shape.step ?? (whole ? 1 : naturalStep(min, max)),
    whole,
    options: shape.enum,
    nullable,
    fallback: shape.default,
  };
}

function controlFor(shape: Shape): Field['control'] {
  if (shape.enum) return 'select';
  if (shape.type === 'boolean') return 'switch';
  if (shape.type === 'integer' || shape.type === 'number') return 'number';
  return 'text';
}

/** A step that walks a bounded range in about a hundred: 0..1 by 0.01, 0..30 by 0.1. */
function naturalStep(min: number | undefined, max: number | undefined): number {
  if (min === undefined || max === undefined) return 0.1;
  return 10 ** Math.floor(Math.log10((max - min) / 60));
}

/** The nearest lawful value: inside the bounds, on the step's grid, without binary dust (0.30000000000000004). */
export function lawful(field: Pick<Field, 'min' | 'max' | 'step' | 'whole'>, value: number): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, step, whole } = field;
  const base = Number.isFinite(min) ? min : 0;
  const snapped = whole && step === 1 ? Math.round(value) : base + Math.round((value - base) / step) * step;
  return Number(Math.min(max, Math.max(min, snapped)).toPrecision(12));
}
