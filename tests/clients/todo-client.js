// A LiveStore store that another program drives.
//
//   node --experimental-websocket todo-client.js URL STORE_ID CLIENT_ID [FOLDER]
//
// URL is where the relay listens: ws://…/websocket, or http://… to sync over HTTP. The store's files go into FOLDER; without one it
// lives in memory.
//   in   one array of events a line, committed together: [{"name":"todoCreated","args":{"id":"a","text":"Tea"}}]
//   out  one state a line, on every change: {"todos":{"a":"Tea"},"head":1,"pending":0}
//        `head` is the last sequence number that the store holds, `pending` how many commits its sync
//        thread has not taken yet. They settle a moment before the to-dos do.
// AUTH_TOKEN of the environment, if set, is the `authToken` of the payload.
// The end of the input shuts the store down. A store that shuts down by itself says why and exits with 1.
import { createInterface } from 'node:readline';
import { makeAdapter } from '@livestore/adapter-node';
import { createStorePromise, makeShutdownDeferred, queryDb } from '@livestore/livestore';
import { makeHttpSync, makeWsSync } from '@livestore/sync-cf/client';
import { Cause, Deferred, Effect, Exit, LogLevel } from 'effect';
import { events, schema, tables } from './schema.js';

const [url, storeId, clientId, folder] = process.argv.slice(2);
if (clientId === undefined) {
  console.error('usage: node --experimental-websocket todo-client.js URL STORE_ID CLIENT_ID [FOLDER]');
  process.exit(2);
}

// Standard output carries states alone.
globalThis.console = new console.Console(process.stderr);

const backend = url.startsWith('http')
  ? makeHttpSync({ url, livePull: { pollInterval: 200 } })
  : makeWsSync({ url });
const shutdownDeferred = Effect.runSync(makeShutdownDeferred);
const store = await createStorePromise({
  schema,
  storeId,
  adapter: makeAdapter({
    storage: folder === undefined ? { type: 'in-memory' } : { type: 'fs', baseDirectory: folder },
    clientId,
    sync: { backend, onSyncError: 'shutdown', onBackendIdMismatch: 'shutdown' },
  }),
  syncPayload: process.env.AUTH_TOKEN === undefined ? undefined : { authToken: process.env.AUTH_TOKEN },
  shutdownDeferred,
  disableDevtools: true,
  logLevel: LogLevel.Warning,
});

const report = () => {
  const todos = Object.fromEntries(store.query(tables.todos).map(({ id, text }) => [id, text]));
  const { localHead, pendingCount } = store.syncStatus();
  // A head reads `e12`, or `e12.1` after an event that stays on this client.
  const state = { todos, head: Number.parseInt(localHead.slice(1), 10), pending: pendingCount };
  process.stdout.write(`${JSON.stringify(state)}\n`);
};
store.subscribe(queryDb(tables.todos), report);
store.subscribeSyncStatus(report);

let leaving = false;
Effect.runPromise(Effect.exit(Deferred.await(shutdownDeferred))).then((exit) => {
  if (leaving) return;
  console.error(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : `the store shut down: ${JSON.stringify(exit.value)}`);
  process.exit(1);
});

for await (const line of createInterface({ input: process.stdin })) {
  store.commit(...JSON.parse(line).map(({ name, args }) => events[name](args)));
}
leaving = true;
await store.shutdownPromise();
process.exit(0);
