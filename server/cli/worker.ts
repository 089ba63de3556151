import net from 'node:net';
import { parseArgs } from 'node:util';
import { doorNote, readDoorNote } from '../queue/door-note';
import { setupFor } from './places';
import { Refused } from './usage';

/** `skein worker`: computes for the Skein that runs on the same data folder, until it is ended. */
export async function worker(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { device: { type: 'string' } } });
  const setup = setupFor(values.device);
  const note = doorNote(setup.dataFolder);
  const door = readDoorNote(note);
  if (!door || !(await isOpen(door.address))) {
    throw new Refused(
      `No Skein runs on the data folder ${setup.dataFolder}. Start one, for example with npm start -- --no-worker, then call this again.`,
    );
  }
  const { serve } = await import('../worker/serve');
  serve(setup, () => readDoorNote(note));
  console.error(`Computing for the Skein of ${setup.dataFolder}. Ctrl-C ends it; what it is busy with is handed back.`);
  return new Promise(() => {});
}

const isOpen = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
