import { openServices } from '../../server/api/open-services';
import { callerFor } from '../../server/api/root';
import { localViewer } from '../../server/store/database';
import { databaseUrl, home, modelFolders } from '../../server/store/home';
import { migrate } from '../../server/store/migrate';

/**
 * The web process without its pages, for tests that kill it: opens what the real one opens, and calls procedures for its
 * parent. `['runs.list', {...}]` is a call; `['events']` asks for every stored event.
 */
const { SKEIN_DOOR: address = '', SKEIN_DOOR_SECRET: secret = '' } = process.env;
await migrate(databaseUrl());
const services = await openServices({
  home: home(),
  databaseUrl: databaseUrl(),
  modelFolders: modelFolders(),
  door: { address, secret },
});
const api = callerFor({ viewer: localViewer, services }) as unknown as Record<
  string,
  Record<string, (input: unknown) => Promise<unknown>>
>;

process.on('message', async ({ id, name, input }: { id: number; name: string; input: unknown }) => {
  try {
    const [room = '', procedure = ''] = name.split('.');
    const answer =
      name === 'events'
        ? await services.db.event.findMany({ orderBy: { seq: 'asc' } })
        : await api[room]![procedure]!(input);
    process.send?.({ id, answer });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ id: 0, answer: 'ready' });
