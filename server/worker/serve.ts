import { randomUUID } from 'node:crypto';
import net from 'node:net';
import type { ToAgent } from '../queue/agent-messages';
import type { Door } from '../queue/door-note';
import { onLines, sendLine } from '../queue/json-lines';
import { Agent } from './agent';
import { executorStarter } from './agent-executor';
import type { ExecutorSetup } from './protocol';

/** How long to wait before calling again when the line is down. */
const againMs = 250;

/**
 * Computes until the process is told to end: an agent on one side, a line to the web process on the other. `find` is asked
 * before every call, for the web process may have come back behind another door.
 */
export function serve(setup: ExecutorSetup, find: () => Door | null): void {
  const identity = { secret: '', worker: randomUUID(), pid: process.pid };
  const agent = new Agent(executorStarter(setup), identity);
  let isStopping = false;

  function call(): void {
    const door = find();
    if (!door) {
      callAgain();
      return;
    }
    identity.secret = door.secret; // the agent shows it when it says who it is
    const socket = net.connect(door.address);
    socket.on('connect', () => agent.connected((message) => void sendLine(socket, message)));
    // Written by our own web process.
    onLines(socket, (message) => agent.hear(message as ToAgent));
    // The close that follows is what counts.
    socket.on('error', () => {});
    socket.on('close', () => {
      agent.disconnected();
      callAgain();
    });
  }
  function callAgain(): void {
    if (!isStopping) setTimeout(call, againMs);
  }

  async function stop(): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    await agent.stop();
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  call();
}
