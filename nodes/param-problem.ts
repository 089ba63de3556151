import type { z } from 'zod';
import type { FieldMeta } from './define';
import { label } from './label';

/** A param that its schema refused, as a sentence: which, what it is, what it may be, and what to do. */
export function paramProblem(
  issue: z.core.$ZodIssue,
  params: Record<string, unknown>,
  schema: z.ZodObject,
): { param?: string; says: string } {
  const param = issue.path.map(String).join('.') || undefined;
  const first = String(issue.path[0] ?? '');
  // What defineNode asks of `.meta`: FieldMeta.
  const meta = schema.shape[first]?.meta() as FieldMeta | undefined;
  const name = `"${meta?.title ?? label(first || 'settings')}"`;
  const value = issue.path.reduce<unknown>(
    // Paths of issues lead through objects and lists only.
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    params,
  );
  return { param, says: `${name} ${sentence(issue, shown(value))}` };
}

function sentence(issue: z.core.$ZodIssue, is: string): string {
  switch (issue.code) {
    case 'too_big':
      if (issue.origin === 'string') return `is too long: at most ${issue.maximum} characters. Shorten it.`;
      return `is ${is} and may be ${issue.maximum} at most. Enter ${issue.maximum} or less.`;
    case 'too_small':
      if (issue.origin === 'string') return 'is empty. Enter something.';
      return `is ${is} and must be ${issue.minimum} at least. Enter ${issue.minimum} or more.`;
    case 'invalid_value':
      return `is ${is}, and there is only ${listed(issue.values.map(String))}. Choose one of these.`;
    case 'invalid_type':
      return `is ${is} and must be ${typed(issue.expected)}. Enter one.`;
    default:
      return `is ${is}: ${issue.message}.`;
  }
}

const typed = (expected: string) =>
  ({ int: 'a whole number', number: 'a number', string: 'text', boolean: 'yes or no' })[expected] ?? expected;

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** At most twenty, so that a list of thousands does not fill the screen. */
const listed = (values: string[]) =>
  values.length > 20 ? `${values.slice(0, 20).join(', ')} and ${values.length - 20} more` : values.join(', ');
