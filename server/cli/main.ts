import { answer } from './answer';

// Whoever read what we say has gone, as `| head` does: nobody is left to say anything to.
process.stdout.on('error', () => process.exit(1));

// A pipe may still hold what was printed: it is let out before the process ends.
const code = await answer(process.argv.slice(2));
process.stdout.write('', () => process.exit(code));
