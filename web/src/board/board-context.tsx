// What the parts of a board share: its store, and how they change it.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import type { BoardStore } from '../store/store.ts';
import { useAnnounce } from '../ui/announcer.tsx';
import type { Change } from './change.ts';

/** How many changes of this tab can be undone. */
const REMEMBERED = 100;

interface Board {
  store: BoardStore;
  /** Does it, and remembers how to undo it. */
  perform: (change: Change) => void;
  /** Undoes the last change of this tab. */
  undo: () => void;
  /** What `undo` would undo. */
  last: Change | undefined;
  /** The next task with this id that is shown takes the focus: its card may be another one then. */
  focusOn: (taskId: string | null) => void;
  /** Whether a card is to take the focus; it is asked once. */
  takesFocus: (taskId: string) => boolean;
}

const BoardContext = createContext<Board | null>(null);

export const useBoard = (): Board => {
  const board = useContext(BoardContext);
  if (board === null) throw new Error('a part of a board is outside of it');
  return board;
};

export const BoardProvider = ({ store, children }: { store: BoardStore; children: ReactNode }) => {
  const [changes, setChanges] = useState<readonly Change[]>([]);
  const announce = useAnnounce();
  const wanted = useRef<string | null>(null);
  const perform = useCallback(
    (change: Change): void => {
      store.commit(change.does);
      setChanges((known) => [...known, change].slice(-REMEMBERED));
      announce(change.summary);
    },
    [store, announce],
  );
  const last = changes.at(-1);
  const undo = useCallback((): void => {
    if (last === undefined) return;
    store.commit(last.undoes());
    setChanges((known) => known.filter((change) => change !== last));
    announce(`Undone: ${last.summary}`);
  }, [store, announce, last]);
  const focus = useMemo(
    () => ({
      focusOn: (taskId: string | null): void => {
        wanted.current = taskId;
      },
      takesFocus: (taskId: string): boolean => {
        if (wanted.current !== taskId) return false;
        wanted.current = null;
        return true;
      },
    }),
    [],
  );
  const board = useMemo(() => ({ store, perform, undo, last, ...focus }), [store, perform, undo, last, focus]);
  return <BoardContext.Provider value={board}>{children}</BoardContext.Provider>;
};
