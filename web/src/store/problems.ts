// What goes wrong with sync happens in the worker; the page that shows it hears of it here.
//
// Owns one channel of the browser per board. Being offline, or behind another client, is no problem: LiveStore tries again.
import { Effect, Stream } from 'effect';
import type { makeWsSync } from '@livestore/sync-cf/client';

type Backend = ReturnType<typeof makeWsSync>;

const channel = (storeId: string): BroadcastChannel => new BroadcastChannel(`sync-problems:${storeId}`);

/** In the worker: the same backend, which tells the pages why a push or a pull was refused. */
export const telling =
  (backend: Backend): Backend =>
  (args) => {
    const pages = channel(args.storeId);
    const tell = (error: { _tag: string; cause?: unknown }): Effect.Effect<void> =>
      Effect.sync(() => {
        if (!EXPECTED.has(error._tag)) pages.postMessage(words(error));
      });
    return Effect.map(backend(args), (made) => ({
      ...made,
      push: (batch) => Effect.tapError(made.push(batch), tell),
      pull: (cursor, options) => Stream.tapError(made.pull(cursor, options), tell),
    }));
  };

/** In the page: calls `hear` with every problem until the returned function is called. */
export const onProblem = (storeId: string, hear: (problem: string) => void): (() => void) => {
  const worker = channel(storeId);
  worker.onmessage = ({ data }) => hear(String(data));
  return () => worker.close();
};

const EXPECTED = new Set(['IsOfflineError', 'ServerAheadError', 'BackendIdMismatchError']);

const words = ({ _tag, cause }: { _tag: string; cause?: unknown }): string => {
  if (typeof cause === 'object' && cause !== null && 'message' in cause) return String(cause.message);
  return typeof cause === 'string' ? cause : _tag;
};
