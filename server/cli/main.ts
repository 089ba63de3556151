import { sentence } from '../engine/failures';
import { Refused, usage, WrongUsage } from './usage';

/** The command line. Exit codes: 0 done, 1 it failed, 2 the call was wrong, 130 cancelled. */
const commands: Record<string, () => Promise<(args: string[]) => Promise<number>>> = {
  run: async () => (await import('./run')).run,
  prompt: async () => (await import('./prompt')).prompt,
  check: async () => (await import('./check')).check,
  models: async () => (await import('./models')).models,
  worker: async () => (await import('./worker')).worker,
};

const isWrongOption = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(usage);
    return name === undefined ? 2 : 0;
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new WrongUsage(`There is no command "${name}".`);
    return await (await command())(args);
  } catch (error) {
    if (error instanceof WrongUsage || isWrongOption(error)) {
      console.error(`${sentence(error)}\nSee: skein --help`);
      return 2;
    }
    console.error(error instanceof Refused ? error.message : sentence(error));
    return 1;
  }
}

// A pipe may still hold what was printed: it is let out before the process ends.
const code = await main(process.argv.slice(2));
process.stdout.write('', () => process.exit(code));
