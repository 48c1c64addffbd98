// The board's store in this tab.
import { makePersistedAdapter } from '@livestore/adapter-web';
import LiveStoreSharedWorker from '@livestore/adapter-web/shared-worker?sharedworker';
import { makeShutdownDeferred, type ShutdownDeferred, StoreRegistry, storeOptions } from '@livestore/livestore';
import { useStore } from '@livestore/react';
import { Effect, LogLevel } from 'effect';
import { unstable_batchedUpdates as batchUpdates } from 'react-dom';
import LiveStoreWorker from './livestore.worker.ts?worker';
import { schema } from './schema.ts';

/** Keeps the stores of this tab. */
export const registry = new StoreRegistry({ defaultOptions: { batchUpdates, disableDevtools: true } });

const TO_RESET = 'store-to-reset';

/** Loads the page again with an empty copy of the board, which is then filled from the server. */
export const startAnew = (storeId: string): void => {
  sessionStorage.setItem(TO_RESET, storeId);
  window.location.reload();
};

/** Whether the page was loaded to start this board anew; asked once. */
const isToReset = (storeId: string): boolean => {
  if (sessionStorage.getItem(TO_RESET) !== storeId) return false;
  sessionStorage.removeItem(TO_RESET);
  return true;
};

const makeOptions = (storeId: string) => {
  const shutdownDeferred = Effect.runSync(makeShutdownDeferred);
  const adapter = makePersistedAdapter({
    worker: LiveStoreWorker,
    sharedWorker: LiveStoreSharedWorker,
    storage: { type: 'opfs' },
    resetPersistence: isToReset(storeId),
  });
  const options = storeOptions({ storeId, schema, adapter, shutdownDeferred, logLevel: LogLevel.Warning });
  return { options, shutdownDeferred };
};

const known = new Map<string, ReturnType<typeof makeOptions>>();

const knownOf = (storeId: string): ReturnType<typeof makeOptions> => {
  const found = known.get(storeId) ?? makeOptions(storeId);
  known.set(storeId, found);
  return found;
};

/** Settles when the store of a board stops by itself: nothing that is done after that is kept. */
export const shutdownOf = (storeId: string): ShutdownDeferred => knownOf(storeId).shutdownDeferred;

/** The store of a board; suspends until it is there. */
export const useBoardStore = (storeId: string) => useStore(knownOf(storeId).options);

export type BoardStore = ReturnType<typeof useBoardStore>;
