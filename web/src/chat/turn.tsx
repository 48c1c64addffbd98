// A question, or an answer with what it did to the board.
import { useEffect, useState } from 'react';
import { useBoard } from '../board/board-context.tsx';
import { events, type ToolChange } from '../store/events.ts';
import type { Message, StoredCall } from '../store/schema.ts';
import { useAnnounce } from '../ui/announcer.tsx';
import type { Turn } from './transcript.ts';

/** An answer of another tab that has not grown for this long, in milliseconds, is taken for broken off. */
const SILENCE_MS = 90_000;

interface Props {
  turn: Turn;
  /** Text beyond the message's. */
  rest: string;
  /** Whether this tab is getting it. */
  isRunning: boolean;
  /** Asks the model again; null where that makes no sense. */
  onRetry: (() => void) | null;
}

export const TurnView = ({ turn: { message, calls }, rest, isRunning, onRetry }: Props) => {
  const text = message.text + rest;
  if (message.role === 'question') {
    return (
      <li className="turn question">
        <span className="unseen">You: </span>
        {text}
      </li>
    );
  }
  return (
    <li className="turn answer" data-outcome={message.outcome ?? 'open'}>
      {text !== '' && (
        <p>
          <span className="unseen">Answer: </span>
          {text}
        </p>
      )}
      {calls.length > 0 && (
        <ul>
          {calls.map((call) => (
            <CallView key={call.id} call={call} />
          ))}
        </ul>
      )}
      <Ending message={message} isRunning={isRunning} onRetry={onRetry} />
    </li>
  );
};

const Ending = ({ message, isRunning, onRetry }: { message: Message } & Pick<Props, 'isRunning' | 'onRetry'>) => {
  const time = useTime(message.outcome === null || (message.retryAt ?? 0) > Date.now());
  const isOpen = message.outcome === null;
  if (isOpen && (isRunning || time - message.changedAt < SILENCE_MS)) return <p className="quiet">Answering…</p>;
  if (message.outcome === 'stopped') return <Ended words="Stopped." wait={0} onRetry={onRetry} />;
  if (message.outcome === 'done') return null;
  const wait = Math.ceil(((message.retryAt ?? 0) - time) / 1_000);
  return <Ended words={message.reason ?? 'The answer broke off.'} wait={wait} isBad onRetry={onRetry} />;
};

interface EndedProps {
  words: string;
  /** Seconds until it may be tried again. */
  wait: number;
  isBad?: boolean;
  onRetry: (() => void) | null;
}

const Ended = ({ words, wait, isBad = false, onRetry }: EndedProps) => (
  <div className="ended" data-tone={isBad ? 'bad' : undefined}>
    <p>{words}</p>
    {onRetry !== null && (
      <button type="button" className="plain small" aria-disabled={wait > 0} onClick={() => wait <= 0 && onRetry()}>
        {wait > 0 ? `Retry in ${wait} s` : 'Retry'}
      </button>
    )}
  </div>
);

const CallView = ({ call }: { call: StoredCall }) => {
  const { store } = useBoard();
  const announce = useAnnounce();
  const { change } = call;
  const undo = (made: ToolChange): void => {
    const at = Date.now();
    store.commit(
      made.before === null
        ? events.taskDeleted({ id: made.taskId, at })
        : events.taskMoved({ id: made.taskId, ...made.before, at }),
      events.toolCallUndone({ id: call.id, at }),
    );
    announce(`Undone: ${call.summary}`);
  };
  return (
    <li className="call" data-tone={call.ok ? undefined : 'bad'} data-tool={call.name}>
      <span>
        {call.summary}
        {call.undone && ' (undone)'}
      </span>
      {change !== null && !call.undone && (
        <button type="button" className="plain small" aria-label={`Undo: ${call.summary}`} onClick={() => undo(change)}>
          Undo
        </button>
      )}
    </li>
  );
};

/** The time in milliseconds, which goes on by seconds while it is needed. */
const useTime = (goesOn: boolean): number => {
  const [time, setTime] = useState(Date.now);
  useEffect(() => {
    setTime(Date.now());
    if (!goesOn) return undefined;
    const timer = setInterval(() => setTime(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [goesOn]);
  return time;
};
