// What a person has to know of the board's keeping, and what to do about it.
import type { Connection, Stop } from '../store/connection.ts';
import { startAnew } from '../store/store.ts';
import { useBoard } from './board-context.tsx';

export const Notices = ({ connection, storageMode }: { connection: Connection; storageMode: string }) => (
  <div className="notices">
    {connection.stopped !== null && <Stopped stop={connection.stopped} pending={connection.pending} />}
    {connection.problem !== null && (
      <div className="notice" role="alert">
        <p>Your changes are kept here but do not sync: {connection.problem}</p>
      </div>
    )}
    {storageMode === 'in-memory' && (
      <div className="notice" role="status">
        <p>This browser keeps nothing here, as in a private window: what has not synced goes with the page.</p>
      </div>
    )}
  </div>
);

const Stopped = ({ stop: { reason, isAnew }, pending }: { stop: Stop; pending: number }) => {
  const { store } = useBoard();
  if (!isAnew) {
    return (
      <div className="notice" role="alert">
        <p>This board stopped and keeps no more changes: {reason}</p>
        <button type="button" onClick={() => window.location.reload()}>
          Reload
        </button>
      </div>
    );
  }
  return (
    <div className="notice" role="alert">
      <p>
        This board was set up anew on the server. Here is the one before
        {pending > 0 && `, with changes that the server never had (${pending})`}.
      </p>
      <button type="button" onClick={() => startAnew(store.storeId)}>
        Start anew
      </button>
    </div>
  );
};
