// A conversation as the board keeps it, and as the model is told of it.
import type { Message, StoredCall } from '../store/schema.ts';
import type { WireMessage } from './completions.ts';

export interface Turn {
  message: Message;
  calls: readonly StoredCall[];
}

/** Most turns that the model is told of; the worker takes 500 messages. */
const REMEMBERED = 60;

/** Messages and the calls of their answers, in order. */
export const turnsOf = (messages: readonly Message[], calls: readonly StoredCall[]): Turn[] =>
  messages.map((message) => ({
    message,
    calls: calls.filter((call) => call.answerId === message.id).sort((a, b) => a.position - b.position),
  }));

/** What the model is told: questions, and answers with the results of their calls; not what failed. */
export const wireOf = (turns: readonly Turn[]): WireMessage[] => {
  const recent = turns.slice(-REMEMBERED);
  // A conversation begins with a question.
  const first = recent.findIndex(({ message }) => message.role === 'question');
  return recent.slice(Math.max(first, 0)).flatMap(wireOfTurn);
};

const wireOfTurn = ({ message, calls }: Turn): WireMessage[] => {
  if (message.role === 'question') return [{ role: 'user', content: message.text }];
  if (message.outcome !== 'done' && message.outcome !== 'stopped') return [];
  if (calls.length === 0) return message.text === '' ? [] : [{ role: 'assistant', content: message.text }];
  const made = calls.map(({ callId, name, argumentsText }) => ({
    id: callId,
    type: 'function' as const,
    function: { name, arguments: argumentsText },
  }));
  const results = calls.map(({ callId, result, undone }) => ({
    role: 'tool' as const,
    tool_call_id: callId,
    content: undone ? `${result} (the user has undone this)` : result,
  }));
  return [{ role: 'assistant', content: message.text === '' ? null : message.text, tool_calls: made }, ...results];
};
