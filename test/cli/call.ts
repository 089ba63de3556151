import { vi } from 'vitest';
import { answer } from '../../server/cli/answer';

/** What a call of `skein` says, and its exit code, without a process of its own: for what is over before a run begins. */
export async function call(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said: { out: string[]; err: string[] } = { out: [], err: [] };
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void said.out.push(line));
  const error = vi.spyOn(console, 'error').mockImplementation((line) => void said.err.push(line));
  try {
    return { code: await answer([...args]), out: said.out.join('\n'), err: said.err.join('\n') };
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
}
