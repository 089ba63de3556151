import type { Value } from '../../nodes/values';
import { described } from './summary';

/** A node could not do its work. `message` is for people; `detail` for those who mend it. */
export class NodeFailed extends Error {
  /** Shapes of the inputs, and the stack of the cause. */
  readonly detail: string;
  constructor(
    readonly node: string,
    about: { title: string; inputs: Readonly<Record<string, Value | undefined>>; cause: unknown },
  ) {
    super(sentence(about.cause), { cause: about.cause });
    this.name = 'NodeFailed';
    const inputs = Object.entries(about.inputs).map(([name, value]) => `  ${name}: ${described(value)}`);
    const stack = about.cause instanceof Error ? (about.cause.stack ?? '') : '';
    this.detail = [`${about.title} (${node})`, ...inputs, stack].join('\n');
  }
}

/** The run was cancelled by a person or by a shutdown. Not a failure. */
export class Cancelled extends Error {
  constructor() {
    super('Cancelled.');
    this.name = 'AbortError';
  }
}

/** What may be shown to people: the message of an Error, ended with a full stop. */
export function sentence(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim() || 'It failed without saying why';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
