// A board as a page: its bar, its columns, and the chat beside them.
import { StoreRegistryProvider } from '@livestore/react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { recall, remember } from '../settings.ts';
import { useConnection } from '../store/connection.ts';
import { registry, useBoardStore } from '../store/store.ts';
import { Failure } from '../ui/failure.tsx';
import { Bar } from './bar.tsx';
import { BoardProvider, useBoard } from './board-context.tsx';
import { COLUMNS } from './change.ts';
import { ColumnView } from './column.tsx';
import { NewTask } from './new-task.tsx';
import { Notices } from './notices.tsx';
import { openShortcuts } from './shortcuts-dialog.tsx';
import { useShortcuts } from './shortcuts.ts';

const Chat = lazy(() => import('../chat/panel.tsx'));

const CHAT_OPEN = 'chat-open';

const BoardPage = ({ storeId }: { storeId: string }) => (
  <StoreRegistryProvider storeRegistry={registry}>
    <OpenBoard storeId={storeId} />
  </StoreRegistryProvider>
);
export default BoardPage;

const OpenBoard = ({ storeId }: { storeId: string }) => {
  const store = useBoardStore(storeId);
  return (
    <BoardProvider store={store}>
      <Board />
    </BoardProvider>
  );
};

const Board = () => {
  const { store } = useBoard();
  useShortcuts(openShortcuts);
  const connection = useConnection(store);
  const [chat, setChat] = useState({ open: recall(CHAT_OPEN) === 'yes', asked: false });
  const openChat = (open: boolean): void => {
    remember(CHAT_OPEN, open ? 'yes' : 'no');
    setChat({ open, asked: true });
  };
  useEffect(() => void performance.mark('board'), []);
  useEffect(() => {
    document.title = connection.pending > 0 ? `(${connection.pending}) Work Squared` : 'Work Squared';
  }, [connection.pending]);
  return (
    <div className="page" data-chat={chat.open}>
      <Bar connection={connection} chatOpen={chat.open} onChat={() => openChat(!chat.open)} />
      <Notices connection={connection} storageMode={store.storageMode} />
      <main>
        <section className="board" aria-labelledby="board-title">
          <h2 id="board-title" className="unseen">
            Board
          </h2>
          <NewTask />
          <div className="columns">
            {COLUMNS.map((column) => (
              <ColumnView key={column} column={column} />
            ))}
          </div>
        </section>
        {chat.open && (
          <section className="chat" aria-label="Chat">
            <Failure>
              <Suspense fallback={<p className="quiet">Opening the chat…</p>}>
                <Chat takesFocus={chat.asked} onClose={() => openChat(false)} />
              </Suspense>
            </Failure>
          </section>
        )}
      </main>
    </div>
  );
};
