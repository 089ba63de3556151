import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { isSame } from '../safety/access-token';
import type { DeviceReport } from '../worker/protocol';
import type { FromAgent, ToAgent } from './agent-messages';
import { type Door, leaveDoorNote, removeDoorNote } from './door-note';
import { onLines, sendLine } from './json-lines';

/** An attempt that a worker has been given. */
export interface Held {
  run: string;
  token: string;
  ownerId: string;
  attempt: number;
  sweep: string | null;
}

/** A connected worker. */
export interface Caller {
  /** As it calls itself. */
  id: string;
  pid: number;
  device?: DeviceReport;
  /** The attempts it holds, by token: one, or cells of one sweep. */
  holds: Map<string, Held>;
  /** When it last said anything, by `performance.now()`: the clock on the wall may be set. */
  heard: number;
  /** Words of it that are not dealt with yet. */
  waiting: number;
  send(message: ToAgent): void;
  hangUp(): void;
}

export interface DoorEvents {
  /** A worker came in; `tokens` names attempts that it already works on. */
  onHello(caller: Caller, tokens: readonly string[]): Promise<void>;
  onMessage(caller: Caller, message: Exclude<FromAgent, { type: 'hello' }>): Promise<void>;
  onGone(caller: Caller): Promise<void>;
  onError(error: unknown): void;
  /** Whether what failed is worth trying again in a moment, because it has to do with neither the worker nor its words. */
  isPassing(error: unknown): boolean;
}

/** How long until what failed for now is tried again, in milliseconds. */
const againMs = 500;

/** Where workers connect: a socket file, or a named pipe on Windows. */
export interface WorkerDoor {
  address: string;
  close(): Promise<void>;
}

/**
 * Opens the door. Messages of one worker are handled one after the other, in the order in which they were sent; one that
 * cannot be written down now holds up those after it until it can: none is lost. `note` is
 * the file that tells workers started by hand where to call.
 */
export async function openWorkerDoor(at: Door & { note?: string }, events: DoorEvents): Promise<WorkerDoor> {
  const sockets = new Set<net.Socket>();
  let isClosed = false;
  const insist = async (work: () => Promise<void>) => {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (tries === 0) events.onError(error);
        if (isClosed || !events.isPassing(error)) return;
      }
      await pause(againMs);
    }
  };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let caller: Caller | undefined;
    let turn: Promise<void> = Promise.resolve();
    const then = (work: () => Promise<void>) => {
      turn = turn.then(() => insist(work));
      return turn;
    };
    onLines(socket, (raw) => {
      // Checked by its secret: only our own agent gets further than the first line.
      const message = raw as FromAgent;
      if (message.type === 'hello') {
        if (caller || !isSame(String(message.secret), at.secret)) return socket.destroy();
        const known = callerOf(socket, message);
        caller = known;
        void then(() => events.onHello(known, message.tokens ?? []));
      } else if (caller) {
        const known = caller;
        known.heard = performance.now();
        known.waiting += 1;
        void then(() => events.onMessage(known, message)).then(() => {
          known.waiting -= 1;
        });
      } else socket.destroy();
    });
    // The close that follows is what counts.
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      const known = caller;
      if (known) void then(() => events.onGone(known));
    });
  });
  const isFile = !at.address.startsWith('\\\\.\\pipe\\');
  if (isFile) fs.rmSync(at.address, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.address, resolve);
  });
  if (isFile) fs.chmodSync(at.address, 0o600);
  const { note } = at;
  if (note !== undefined) leaveDoorNote(note, at);
  return {
    address: at.address,
    close: () =>
      new Promise((resolve) => {
        isClosed = true;
        if (note !== undefined) removeDoorNote(note, at);
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function callerOf(socket: net.Socket, hello: Extract<FromAgent, { type: 'hello' }>): Caller {
  return {
    id: hello.worker || randomUUID(),
    pid: hello.pid,
    holds: new Map(),
    heard: performance.now(),
    waiting: 0,
    ...(hello.device ? { device: hello.device } : {}),
    send: (message) => void sendLine(socket, message),
    hangUp: () => socket.destroy(),
  };
}
