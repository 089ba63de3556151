import { sentence } from '../engine/failures';
import { check } from './check';
import { models } from './models';
import { prompt } from './prompt';
import { run } from './run';
import { Refused, usage, WrongUsage } from './usage';
import { worker } from './worker';

/** The command line. Exit codes: 0 done, 1 it failed, 2 the call was wrong, 130 cancelled. */
const commands: Record<string, (args: string[]) => Promise<number>> = { run, prompt, check, models, worker };

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
    return await command(args);
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
