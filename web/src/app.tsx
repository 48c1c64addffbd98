// The page as a whole: a board, or word that there is none here; and what is shown when neither can be.
import { lazy, Suspense } from 'react';
import { newStoreId, pathOf, type Place } from './address.ts';
import { Failure } from './ui/failure.tsx';
import { AnnouncerProvider } from './ui/announcer.tsx';

const pause = (): Promise<void> => new Promise((done) => setTimeout(done));

// The page has something to show before LiveStore is there, whose code runs in steps with pauses between them: the page
// answers in between. `vite.config.js` lets all of it be fetched at once.
const loadBoard = async () => {
  await import('./store/schema.ts');
  await pause();
  await import('./store/store.ts');
  await pause();
  return import('./board/page.tsx');
};

const board = loadBoard();
const BoardPage = lazy(() => board);

export const App = ({ place }: { place: Place }) => (
  <AnnouncerProvider>
    <Failure>
      {place.is === 'nowhere' ? (
        <Nowhere />
      ) : (
        <Suspense fallback={<Opening />}>
          <BoardPage storeId={place.storeId} />
        </Suspense>
      )}
    </Failure>
  </AnnouncerProvider>
);

// As in index.html, so that nothing jumps.
const Opening = () => (
  <>
    <header className="bar">
      <h1 className="brand">Work Squared</h1>
    </header>
    <main className="opening">
      <p role="status">Opening the board…</p>
    </main>
  </>
);

const Nowhere = () => (
  <>
    <header className="bar">
      <h1 className="brand">Work Squared</h1>
    </header>
    <main className="opening">
      <h2>There is nothing at this address</h2>
      <p>
        A board&rsquo;s address looks like <code>/s/board-…</code>, with letters, digits, <code>-</code> and <code>_</code>.
      </p>
      <p>
        <a className="button" href={pathOf(newStoreId())}>
          Start a new board
        </a>
      </p>
    </main>
  </>
);
