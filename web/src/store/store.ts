// The board's store in this tab.
import { makePersistedAdapter } from '@livestore/adapter-web';
import LiveStoreSharedWorker from '@livestore/adapter-web/shared-worker?sharedworker';
import { makeShutdownDeferred, type ShutdownDeferred, StoreRegistry, storeOptions } from '@livestore/livestore';
import { useStore } from '@livestore/react';
import { Effect, LogLevel } from 'effect';
import { unstable_batchedUpdates as batchUpdates } from 'react-dom';
import LiveStoreWorker from './livestore.worker.ts?worker';
import { schema } from './schema.ts';

const adapter = makePersistedAdapter({
  worker: LiveStoreWorker,
  sharedWorker: LiveStoreSharedWorker,
  storage: { type: 'opfs' },
});

/** Keeps the stores of this tab. */
export const registry = new StoreRegistry({ defaultOptions: { batchUpdates, disableDevtools: true } });

const shutdowns = new Map<string, ShutdownDeferred>();

/** Settles when the store of a board stops by itself: nothing that is done after that is kept. */
export const shutdownOf = (storeId: string): ShutdownDeferred => {
  const known = shutdowns.get(storeId);
  if (known !== undefined) return known;
  const made = Effect.runSync(makeShutdownDeferred);
  shutdowns.set(storeId, made);
  return made;
};

const optionsOf = (storeId: string) =>
  storeOptions({ storeId, schema, adapter, shutdownDeferred: shutdownOf(storeId), logLevel: LogLevel.Warning });

/** The store of a board; suspends until it is there. */
export const useBoardStore = (storeId: string) => useStore(optionsOf(storeId));

export type BoardStore = ReturnType<typeof useBoardStore>;
