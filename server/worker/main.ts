import { home, modelFolders } from '../store/home';
import { serve } from './serve';

/** The worker process that `scripts/start.mjs` keeps alive. By hand: `skein worker`. */
const { SKEIN_DOOR: address, SKEIN_DOOR_SECRET: secret, SKEIN_DEVICE: device = 'auto' } = process.env;
if (!address || !secret) {
  console.error('This process is started by `npm start`, which tells it where to connect. By hand: skein worker.');
  process.exit(1);
}
serve({ dataFolder: home(), modelFolders: modelFolders(), device }, () => ({ address, secret }));
