import { Refused, usage, WrongUsage } from './usage';

/** The command line. Exit codes: 0 done, 1 it failed, 2 the call was wrong, 130 cancelled. */
const commands: Record<string, () => Promise<(args: string[]) => Promise<number>>> = {
  run: async () => (await import('./run')).run,
  prompt: async () => (await import('./prompt')).prompt,
  sweep: async () => (await import('./sweep')).sweep,
  reproduce: async () => (await import('./reproduce')).reproduce,
  check: async () => (await import('./check')).check,
  import: async () => (await import('./import')).importComfyUi,
  models: async () => (await import('./models')).models,
  cuda: async () => (await import('./cuda')).cuda,
  worker: async () => (await import('./worker')).worker,
};

const isWrongOption = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');

/** The last line of a call that came to nothing. */
const nothingMade = (command: string, error: string) =>
  command === 'check' ? { problems: [{ says: error }] } : { outputs: [], seconds: 0, reused: 0, ran: 0, error };

/** Carries a call out and says what came of it. Answers the exit code. */
export async function answer([name, ...args]: string[]): Promise<number> {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const asksHelp = name === 'help' || [name, ...options].some((word) => word === '--help' || word === '-h');
  if (asksHelp || name === undefined) {
    console.log(usage);
    return asksHelp ? 0 : 2;
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new WrongUsage(`There is no command "${name}".`);
    return await (await command())(args);
  } catch (error) {
    const { sentence } = await import('../engine/failures');
    const isUsage = error instanceof WrongUsage || isWrongOption(error);
    // Of an unknown option Node.js goes on to say how one would be passed as a file's name, which none is.
    const says = error instanceof Refused ? error.message : sentence(error).replace(/ To specify a positional .*/s, '');
    // A script that reads the last line finds one, whatever went wrong.
    if (options.includes('--json')) console.log(JSON.stringify(nothingMade(name, says)));
    console.error(isUsage ? `${says}\nSee: skein --help` : says);
    return isUsage ? 2 : 1;
  }
}
