// Lets the model answer, and writes what it says and does into the board.
//
// Owns the answers that this tab is getting. Text goes into the board in pieces of about a second, since every event is
// kept for good; what came after the last piece is only here. An answer goes on when the chat is closed.
import { nanoid } from '@livestore/livestore';
import { events, type Outcome } from '../store/events.ts';
import { tables } from '../store/schema.ts';
import type { BoardStore } from '../store/store.ts';
import { complete, type End } from './completions.ts';
import { carryOut } from './tools.ts';
import { turnsOf, wireOf } from './transcript.ts';

/** How long text waits, in milliseconds, and how much of it, until it goes into the board. */
const PIECE_MS = 1_000;
const PIECE_CHARACTERS = 1_000;

/** How often a model may use tools before it has to say something. */
const ROUNDS = 8;

interface Running {
  abort: AbortController;
  answerId: string;
  /** Text that is not in the board yet. */
  rest: string;
}

const running = new Map<string, Running>();
const listeners = new Set<() => void>();

const changed = (): void => {
  for (const listener of listeners) listener();
};

/** For `useSyncExternalStore`. */
export const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Whether this tab is getting an answer in a conversation. */
export const isAnswering = (conversationId: string): boolean => running.has(conversationId);

/** What of an answer's text this tab has beyond what is in the board. */
export const restOf = (conversationId: string, answerId: string): string => {
  const found = running.get(conversationId);
  return found?.answerId === answerId ? found.rest : '';
};

export const stop = (conversationId: string): void => running.get(conversationId)?.abort.abort();

/** Adds a question to a conversation, which begins with it if it is not there, and lets the model answer. */
export const ask = (store: BoardStore, conversationId: string, text: string): Promise<void> => {
  const at = now(store, conversationId);
  const isNew = store.query(tables.conversations.where({ id: conversationId }).count()) === 0;
  store.commit(
    ...(isNew ? [events.conversationStarted({ id: conversationId, title: text.slice(0, 60), at })] : []),
    events.questionAsked({ id: nanoid(), conversationId, text, at }),
  );
  return answer(store, conversationId);
};

/** Lets the model answer what was said last. */
export const answer = async (store: BoardStore, conversationId: string): Promise<void> => {
  if (running.has(conversationId)) return;
  const abort = new AbortController();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const more = await answerOnce(store, conversationId, abort);
      if (!more) return;
    }
    giveUp(store, conversationId);
  } finally {
    running.delete(conversationId);
    changed();
  }
};

/** Ends answers that this tab was getting when its page went away. */
export const endOrphans = (store: BoardStore): void => {
  const orphans = store.query(tables.messages.where({ role: 'answer', outcome: null, sessionId: store.sessionId }));
  for (const { id, conversationId } of orphans) {
    if (!running.has(conversationId)) end(store, id, 'failed', 'The page was closed during the answer.');
  }
};

/** One answer of the model. True if it used tools and is to go on. */
const answerOnce = async (store: BoardStore, conversationId: string, abort: AbortController): Promise<boolean> => {
  const messages = wireOf(transcript(store, conversationId));
  const id = nanoid();
  const state: Running = { abort, answerId: id, rest: '' };
  running.set(conversationId, state);
  store.commit(events.answerStarted({ id, conversationId, sessionId: store.sessionId, at: now(store, conversationId) }));
  changed();
  const write = (): void => {
    if (state.rest === '') return;
    store.commit(events.answerExtended({ id, text: state.rest, at: Date.now() }));
    state.rest = '';
  };
  let written = Date.now();
  const completed = await complete(messages, abort.signal, (piece) => {
    state.rest += piece;
    if (state.rest.length >= PIECE_CHARACTERS || Date.now() - written >= PIECE_MS) {
      write();
      written = Date.now();
    }
    changed();
  });
  write();
  return finish(store, id, completed);
};

const giveUp = (store: BoardStore, conversationId: string): void => {
  const id = nanoid();
  store.commit(events.answerStarted({ id, conversationId, sessionId: store.sessionId, at: now(store, conversationId) }));
  end(store, id, 'failed', `The model used tools ${ROUNDS} times and said nothing.`);
};

const finish = (store: BoardStore, id: string, completed: End): boolean => {
  if (completed.is === 'failed') end(store, id, 'failed', completed.reason, completed.retryAt);
  if (completed.is === 'stopped') end(store, id, 'stopped');
  if (completed.is !== 'whole') return false;
  completed.calls.forEach((call, position) => {
    const { name, arguments: argumentsText } = call.function;
    const { does, ...done } = carryOut(store, name, argumentsText);
    const called = events.toolCalled({ id: nanoid(), answerId: id, callId: call.id, position, name, argumentsText, ...done });
    if (does === null) store.commit(called);
    else store.commit(does, called);
  });
  end(store, id, 'done');
  return completed.calls.length > 0;
};

const end = (store: BoardStore, id: string, outcome: Outcome, reason: string | null = null, retryAt: number | null = null) =>
  store.commit(events.answerEnded({ id, outcome, reason, retryAt, at: Date.now() }));

const transcript = (store: BoardStore, conversationId: string) => {
  const messages = store.query(tables.messages.where({ conversationId }).orderBy('at', 'asc'));
  const answers = messages.filter(({ role }) => role === 'answer').map(({ id }) => id);
  return turnsOf(messages, store.query(tables.toolCalls.where({ answerId: { op: 'IN', value: answers } })));
};

/** A time after everything in a conversation, whatever clocks other devices have. */
const now = (store: BoardStore, conversationId: string): number => {
  const [last] = store.query(tables.messages.where({ conversationId }).orderBy('at', 'desc').limit(1));
  return Math.max(Date.now(), (last?.at ?? 0) + 1);
};
