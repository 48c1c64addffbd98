// The top of the page: how the board is connected, and what concerns all of it.
import { newStoreId, pathOf } from '../address.ts';
import type { Connection } from '../store/connection.ts';
import { useAnnounce } from '../ui/announcer.tsx';
import { ThemeChoice } from '../ui/theme.tsx';
import { useBoard } from './board-context.tsx';
import { openShortcuts, ShortcutsDialog } from './shortcuts-dialog.tsx';

interface Props {
  connection: Connection;
  chatOpen: boolean;
  onChat: () => void;
}

export const Bar = ({ connection, chatOpen, onChat }: Props) => {
  const { undo, last } = useBoard();
  return (
    <header className="bar">
      <h1 className="brand">Work Squared</h1>
      <Status connection={connection} />
      <div className="tools" role="group" aria-label="Board">
        {/* It stays in the order of tabs when there is nothing to undo, so that the focus is not lost. */}
        <button
          type="button"
          className="plain"
          id="undo"
          aria-disabled={last === undefined}
          aria-keyshortcuts="Control+Z"
          title={last === undefined ? 'Nothing to undo' : `Undo: ${last.summary}`}
          onClick={undo}
        >
          Undo
        </button>
        <button type="button" className="plain" popoverTarget="more">
          More
        </button>
        <div id="more" popover="auto" className="menu">
          <Share />
          <a className="button plain" href={pathOf(newStoreId())}>
            New board
          </a>
          <button type="button" className="plain" popoverTarget="more" popoverTargetAction="hide" onClick={openShortcuts}>
            Shortcuts
          </button>
          <ThemeChoice />
        </div>
        <ShortcutsDialog />
        <button type="button" id="chat" aria-expanded={chatOpen} onClick={onChat}>
          Chat
        </button>
      </div>
    </header>
  );
};

const Share = () => {
  const announce = useAnnounce();
  const share = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(window.location.href);
      announce('The link to this board is copied');
    } catch {
      window.prompt('The link to this board', window.location.href);
    }
  };
  return (
    <button type="button" className="plain" onClick={() => void share()}>
      Copy link
    </button>
  );
};

const changes = (count: number): string => (count === 1 ? '1 change' : `${count} changes`);

const words = ({ connected, pending, stopped }: Connection): { tone: string; text: string } => {
  if (stopped !== null) return { tone: 'bad', text: 'Stopped' };
  if (connected === null) return { tone: 'busy', text: 'Connecting…' };
  if (!connected) return { tone: 'bad', text: pending === 0 ? 'Offline' : `Offline, ${changes(pending)} waiting` };
  return pending === 0 ? { tone: 'good', text: 'Synced' } : { tone: 'busy', text: `Syncing ${changes(pending)}…` };
};

const Status = ({ connection }: { connection: Connection }) => {
  const { tone, text } = words(connection);
  return (
    <p className="status" id="status" data-tone={tone} role="status">
      {text}
    </p>
  );
};
