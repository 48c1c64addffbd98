// What the page's address means: `/s/<store id>` is a board, and whoever has the link shares it.
import { recall, remember } from './settings.ts';

export type Place = { is: 'board'; storeId: string } | { is: 'nowhere' };

/** LiveStore's alphabet for store ids; the length keeps an address in one line. */
const STORE_ID = /^[A-Za-z0-9_-]{1,64}$/;

const LAST_BOARD = 'last-board';

/** Where the page is. `/` becomes the board that was open last on this device, or a new one. */
export const placeOf = (location: Location): Place => {
  if (location.pathname === '/') {
    const storeId = lastBoard() ?? newStoreId();
    history.replaceState(null, '', pathOf(storeId));
    return boardAt(storeId);
  }
  const [, named, ...rest] = /^\/s\/([^/]*)(.*)$/.exec(location.pathname) ?? [];
  return named !== undefined && STORE_ID.test(named) && rest.join('') === '' ? boardAt(named) : { is: 'nowhere' };
};

/** The path of a board. */
export const pathOf = (storeId: string): string => `/s/${storeId}`;

/** An id that nobody can guess. */
export const newStoreId = (): string => `board-${crypto.randomUUID()}`;

const boardAt = (storeId: string): Place => {
  remember(LAST_BOARD, storeId);
  return { is: 'board', storeId };
};

const lastBoard = (): string | null => {
  const known = recall(LAST_BOARD);
  return known !== null && STORE_ID.test(known) ? known : null;
};
