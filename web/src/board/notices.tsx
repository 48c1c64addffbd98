// What a person has to know of the board's keeping, and what to do about it.
import type { Connection } from '../store/connection.ts';

export const Notices = ({ connection, storageMode }: { connection: Connection; storageMode: string }) => (
  <div className="notices">
    {connection.stopped !== null && (
      <div className="notice" role="alert">
        <p>
          {connection.stopped === 'backend-id-mismatch'
            ? 'This board was set up anew on the server. Reload to see it.'
            : `This board stopped and keeps no more changes: ${connection.stopped}`}
        </p>
        <button type="button" onClick={() => window.location.reload()}>
          Reload
        </button>
      </div>
    )}
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
