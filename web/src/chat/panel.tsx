// The chat beside the board: its conversations, the one that is read, and the field for the next question.
import { nanoid, queryDb } from '@livestore/livestore';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useBoard } from '../board/board-context.tsx';
import { tables } from '../store/schema.ts';
import { useAnnounce } from '../ui/announcer.tsx';
import { answer, ask, endOrphans, isAnswering, restOf, stop, subscribe } from './answering.ts';
import './chat.css';
import { Composer } from './composer.tsx';
import { turnsOf } from './transcript.ts';
import { TurnView } from './turn.tsx';

const conversations$ = queryDb(tables.conversations.orderBy('startedAt', 'desc').limit(50), { label: 'conversations' });

const messagesOf = (conversationId: string) =>
  queryDb(tables.messages.where({ conversationId }).orderBy('at', 'asc'), {
    label: 'messages',
    deps: [conversationId],
  });

const callsOf = (answers: readonly string[]) =>
  queryDb(tables.toolCalls.where({ answerId: { op: 'IN', value: answers } }), { label: 'calls', deps: [...answers] });

interface Props {
  /** Whether the chat was just opened by hand. */
  takesFocus: boolean;
  onClose: () => void;
}

const Panel = ({ takesFocus, onClose }: Props) => {
  const { store } = useBoard();
  const conversations = store.useQuery(conversations$);
  const [chosen, choose] = useState<string | null>(null);
  // A conversation without a question is nowhere but here.
  const [fresh, setFresh] = useState(() => nanoid());
  const conversationId = chosen ?? conversations[0]?.id ?? fresh;
  useEffect(() => endOrphans(store), [store]);
  const begin = (): void => {
    const id = nanoid();
    setFresh(id);
    choose(id);
  };
  const isKnown = conversations.some(({ id }) => id === conversationId);
  return (
    <>
      <div className="chat-head">
        <h2>Chat</h2>
        {conversations.length > 0 && (
          <select aria-label="Conversation" value={conversationId} onChange={(event) => choose(event.target.value)}>
            {!isKnown && <option value={conversationId}>New conversation</option>}
            {conversations.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        )}
        <button type="button" className="plain small" onClick={begin}>
          New
        </button>
        <button type="button" className="plain small" aria-label="Close the chat" onClick={onClose}>
          Close
        </button>
      </div>
      <Conversation key={conversationId} id={conversationId} takesFocus={takesFocus} />
    </>
  );
};
export default Panel;

const Conversation = ({ id, takesFocus }: { id: string; takesFocus: boolean }) => {
  const { store } = useBoard();
  const messages = store.useQuery(messagesOf(id));
  const answers = messages.filter(({ role }) => role === 'answer').map((message) => message.id);
  const turns = turnsOf(messages, store.useQuery(callsOf(answers)));
  const answering = useSyncExternalStore(subscribe, () => isAnswering(id));
  const last = messages.at(-1);
  const rest = useSyncExternalStore(subscribe, () => (last === undefined ? '' : restOf(id, last.id)));
  const log = useRef<HTMLDivElement>(null);
  useFollowing(log, `${messages.length} ${last?.text.length} ${rest.length} ${last?.outcome}`);
  useSaying(answering, last?.outcome === 'failed' ? (last.reason ?? '') : (last?.text ?? ''));
  return (
    <>
      <div className="log" ref={log} tabIndex={0} role="group" aria-label="Messages" aria-busy={answering}>
        {turns.length === 0 && <p className="quiet">Ask for anything on the board, as in “create a task Milk”.</p>}
        <ol>
          {turns.map((turn) => (
            <TurnView
              key={turn.message.id}
              turn={turn}
              rest={turn.message === last ? rest : ''}
              isRunning={answering && turn.message === last}
              onRetry={turn.message === last && !answering ? () => void answer(store, id) : null}
            />
          ))}
        </ol>
      </div>
      <Composer
        takesFocus={takesFocus}
        answering={answering}
        onAsk={(text) => void ask(store, id, text)}
        onStop={() => stop(id)}
      />
    </>
  );
};

/** Keeps the end in sight, unless somebody scrolled up. */
const useFollowing = (log: RefObject<HTMLDivElement | null>, state: string): void => {
  const follows = useRef(true);
  useEffect(() => {
    const element = log.current;
    const scrolled = (): void => {
      if (element !== null) follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    };
    element?.addEventListener('scroll', scrolled);
    return () => element?.removeEventListener('scroll', scrolled);
  }, [log]);
  useLayoutEffect(() => {
    if (follows.current) log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [log, state]);
};

/** Says the answer when it is there: word by word would be too much. */
const useSaying = (answering: boolean, text: string): void => {
  const announce = useAnnounce();
  const was = useRef(answering);
  useEffect(() => {
    if (was.current && !answering) announce(text);
    was.current = answering;
  }, [answering, text, announce]);
};
