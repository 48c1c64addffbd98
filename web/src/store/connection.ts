// Whether a board is in step with the relay.
import { StoreInternalsSymbol } from '@livestore/livestore';
import { Cause, Deferred, Effect, Exit, Fiber, Option, Stream } from 'effect';
import { useEffect, useState } from 'react';
import { onProblem } from './problems.ts';
import { type BoardStore, shutdownOf } from './store.ts';

export interface Connection {
  /** Null until the first answer of the worker that syncs. */
  connected: boolean | null;
  /** Changes that the relay has not taken yet. */
  pending: number;
  /** Why the relay refused something, until it takes everything. */
  problem: string | null;
  /** Why the store stopped. It does not start again in this page. */
  stopped: Stop | null;
}

export interface Stop {
  reason: string;
  /** The board was set up anew on the server, and the copy here is of the one before. */
  isAnew: boolean;
}

const stopOf = (exit: Exit.Exit<{ reason: string }, { _tag: string }>): Stop => {
  if (Exit.isSuccess(exit)) return { reason: exit.value.reason, isAnew: false };
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause));
  return { reason: Cause.pretty(exit.cause), isAnew: failure?._tag === 'BackendIdMismatchError' };
};

const UNKNOWN: Connection = { connected: null, pending: 0, problem: null, stopped: null };

/** Follows the connection of a board. */
export const useConnection = (store: BoardStore): Connection => {
  const [connection, setConnection] = useState(UNKNOWN);
  useEffect(() => {
    const update = (change: Partial<Connection>): void => setConnection((known) => ({ ...known, ...change }));
    const { leaderThread } = store[StoreInternalsSymbol].clientSession;
    const following = Effect.all(
      [
        Stream.runForEach(store.networkStatus.changes, ({ isConnected }) =>
          Effect.sync(() => update({ connected: isConnected })),
        ),
        Stream.runForEach(leaderThread.syncState.changes, ({ pending }) =>
          Effect.sync(() => update({ pending: pending.length, ...(pending.length === 0 ? { problem: null } : {}) })),
        ),
        Effect.map(Effect.exit(Deferred.await(shutdownOf(store.storeId))), (exit) =>
          update({ stopped: stopOf(exit) }),
        ),
      ],
      { concurrency: 'unbounded', discard: true },
    );
    const fiber = Effect.runFork(Effect.tapErrorCause(following, (cause) =>
      Effect.sync(() => {
        if (!Cause.isInterruptedOnly(cause)) update({ problem: Cause.pretty(cause) });
      }),
    ));
    const deaf = onProblem(store.storeId, (problem) => update({ problem }));
    return () => {
      deaf();
      Effect.runFork(Fiber.interrupt(fiber));
    };
  }, [store]);
  // An event is with this tab at first, and then with the worker that syncs.
  return { ...connection, pending: connection.pending + store.useSyncStatus().pendingCount };
};
