import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is no message of ours: a graph of the largest size fits twice. */
const longestLine = 32 * 1024 * 1024;

export const sendLine = (socket: Socket, message: unknown): boolean =>
  socket.writable && socket.write(`${JSON.stringify(message)}\n`);

/** Calls `take` with each line as an object, in order. A line that is no JSON, or too long, ends the connection. */
export function onLines(socket: Socket, take: (message: unknown) => void): void {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  let held = 0;
  socket.on('data', (chunk: Buffer) => {
    const lines = decoder.write(chunk).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      const whole = pieces.join('') + line;
      pieces = [];
      held = 0;
      try {
        take(JSON.parse(whole));
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
    pieces.push(rest);
    held += rest.length;
    if (held > longestLine) socket.destroy(new Error('A line on the worker socket is too long.'));
  });
}
