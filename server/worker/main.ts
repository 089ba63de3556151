import { randomUUID } from 'node:crypto';
import net from 'node:net';
import type { ToAgent } from '../queue/agent-messages';
import { onLines, sendLine } from '../queue/json-lines';
import { home, modelFolders } from '../store/home';
import { Agent } from './agent';
import { executorStarter } from './agent-executor';

/** The worker process: an agent on one side, a line to the web process on the other. Started by `scripts/start.mjs`. */
const { SKEIN_DOOR: address, SKEIN_DOOR_SECRET: secret, SKEIN_DEVICE: device = 'auto' } = process.env;
if (!address || !secret) {
  console.error('This process is started by `npm start`, which tells it where to connect. Use that.');
  process.exit(1);
}

const setup = { dataFolder: home(), modelFolders: modelFolders(), device };
const agent = new Agent(executorStarter(setup), { secret, worker: randomUUID(), pid: process.pid });
let isStopping = false;

function connect(at: string): void {
  const socket = net.connect(at);
  socket.on('connect', () => agent.connected((message) => void sendLine(socket, message)));
  // Written by our own web process.
  onLines(socket, (message) => agent.hear(message as ToAgent));
  // The close that follows is what counts.
  socket.on('error', () => {});
  socket.on('close', () => {
    agent.disconnected();
    if (!isStopping) setTimeout(() => connect(at), 250);
  });
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await agent.stop();
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
connect(address);
