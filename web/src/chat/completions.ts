// One chat completion over HTTP: a request out, pieces of an answer in.
//
// Owns the wire format. Knows neither the board nor who shows the answer. Every way to fail is a value.
import { LLM_PATH } from '../../../generated/web/routes.ts';

/** A message as the models' API has it. */
export type WireMessage =
  | { role: 'user'; content: string }
  | { role: 'assistant'; content: string | null; tool_calls?: WireCall[] }
  | { role: 'tool'; tool_call_id: string; content: string };

export interface WireCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** How a completion ended; a failure says why in words for people, and before when not to try again. */
export type End =
  | { is: 'whole'; calls: WireCall[] }
  | { is: 'stopped' }
  | { is: 'failed'; reason: string; retryAt: number | null };

interface Chunk {
  error?: { message?: string };
  choices?: { delta?: { content?: string | null; tool_calls?: CallFragment[] }; finish_reason?: string | null }[];
}

interface CallFragment {
  index?: number;
  id?: string;
  function?: { name?: string; arguments?: string };
}

/** Asks the model; `onText` gets the answer's text piece by piece. Aborting `signal` stops the answer. */
export const complete = async (
  messages: readonly WireMessage[],
  signal: AbortSignal,
  onText: (piece: string) => void,
): Promise<End> => {
  try {
    const response = await fetch(LLM_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages, stream: true }),
      signal,
    });
    return response.ok && response.body !== null ? await read(response.body, onText) : await refusal(response);
  } catch (error) {
    if (signal.aborted) return { is: 'stopped' };
    const reason = navigator.onLine ? 'The connection broke off.' : 'You are offline.';
    return failed(error instanceof TypeError ? `${reason} Try again when it is back.` : `${reason} ${String(error)}`);
  }
};

const failed = (reason: string, retryAt: number | null = null): End => ({ is: 'failed', reason, retryAt });

/** How long to wait after “too many requests” that does not say. */
const WAIT_SECONDS = 10;

const refusal = async (response: Response): Promise<End> => {
  const body = (await response.json().catch(() => null)) as Chunk | null;
  const reason = body?.error?.message ?? `The server answered with ${response.status}.`;
  if (response.status !== 429) return failed(reason);
  const seconds = Number(response.headers.get('retry-after') ?? WAIT_SECONDS);
  return failed(reason, Date.now() + (Number.isFinite(seconds) ? seconds : WAIT_SECONDS) * 1_000);
};

const read = async (body: ReadableStream<Uint8Array>, onText: (piece: string) => void): Promise<End> => {
  const calls = new Map<number, WireCall>();
  let finish: string | null = null;
  for await (const data of dataOf(body)) {
    if (data === '[DONE]') break;
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error !== undefined) return failed(chunk.error.message ?? 'The model failed.');
    const [choice] = chunk.choices ?? [];
    if (choice?.delta?.content) onText(choice.delta.content);
    for (const fragment of choice?.delta?.tool_calls ?? []) extend(calls, fragment);
    finish = choice?.finish_reason ?? finish;
  }
  if (finish === null) return failed('The answer broke off before its end.');
  if (finish === 'length') return failed('The answer became too long and was cut off.');
  return { is: 'whole', calls: [...calls.values()] };
};

const extend = (calls: Map<number, WireCall>, { index = 0, id, function: part }: CallFragment): void => {
  const call = calls.get(index) ?? { id: '', type: 'function', function: { name: '', arguments: '' } };
  if (id !== undefined) call.id = id;
  if (part?.name !== undefined) call.function.name = part.name;
  call.function.arguments += part?.arguments ?? '';
  calls.set(index, call);
};

/** The data of server-sent events that have no name; comments and events with names are left out. */
export async function* dataOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const blocks = (rest + (value ?? '')).split(/\r?\n\r?\n/);
      rest = done ? '' : (blocks.pop() ?? '');
      for (const block of blocks) {
        const lines = block.split(/\r?\n/);
        const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart());
        if (data.length > 0 && !lines.some((line) => line.startsWith('event:'))) yield data.join('\n');
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
