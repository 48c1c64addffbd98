// The messages of LiveStore's sync-cf 0.4 as far as this page speaks them: one JSON object a frame.

/** An event of a store. `seqNum` counts from 1 without a gap; `parentSeqNum` is the one before. */
export interface Event {
  name: string;
  args?: unknown;
  seqNum: number;
  parentSeqNum: number;
  clientId: string;
  sessionId: string;
}

/** An event with the time at which the server took it, in ISO 8601. */
export interface StoredEvent extends Event {
  createdAt: string | null;
}

type Option<T> = { _tag: 'None' } | { _tag: 'Some'; value: T };

/** Why a request failed, as the server put it. */
export type Failure =
  | { _tag: 'ServerAheadError'; minimumExpectedNum: number; providedNum: number }
  | { _tag: 'BackendIdMismatchError'; expected: string; received: string }
  | { _tag: 'UnknownError'; cause?: { message?: string } };

type Cause = { _tag: 'Fail'; error: Failure } | { _tag: 'Die'; defect: unknown } | { _tag: string };

/** What the server sends. */
export type Reply =
  | { _tag: 'Pong' }
  | { _tag: 'Chunk'; requestId: string; values: Page[] }
  | { _tag: 'Exit'; requestId: string; exit: { _tag: 'Success' } | { _tag: 'Failure'; cause: Cause } }
  | { _tag: 'Defect'; defect: unknown };

interface Page {
  batch: { eventEncoded: Event; metadata: Option<{ createdAt: string }> }[];
  pageInfo: { _tag: 'NoMore' } | { _tag: 'MoreKnown'; remaining: number };
  backendId: string;
}

/** A store's id and the last event that is known of it. */
export interface Position {
  storeId: string;
  backendId: string | null;
  head: number;
}

const some = <T>(value: T | null): Option<T> => (value === null ? { _tag: 'None' } : { _tag: 'Some', value });

const hex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A random id of 12 hexadecimal digits. */
export const randomId = (): string => hex(6);

const request = (id: string, tag: string, payload: object): string =>
  JSON.stringify({
    _tag: 'Request',
    id,
    tag,
    payload,
    traceId: hex(16),
    spanId: hex(8),
    sampled: false,
    headers: [],
  });

/** Asks for everything after `at`, then for what comes. */
export const livePull = (id: string, { storeId, backendId, head }: Position): string => {
  const cursor = backendId === null ? null : { backendId, eventSequenceNumber: head };
  return request(id, 'SyncWsRpc.Pull', { storeId, live: true, cursor: some(cursor) });
};

/** Offers one event as the next one after `at`. */
export const push = (
  id: string,
  { storeId, backendId, head }: Position,
  event: Omit<Event, 'seqNum' | 'parentSeqNum'>,
): string =>
  request(id, 'SyncWsRpc.Push', {
    storeId,
    batch: [{ ...event, seqNum: head + 1, parentSeqNum: head }],
    backendId: some(backendId),
  });

export const ack = (requestId: string): string => JSON.stringify({ _tag: 'Ack', requestId });

export const PING = '{"_tag":"Ping"}';

/** Reads one frame; null when it is not a message. */
export const parseReply = (frame: string): Reply | null => {
  try {
    return JSON.parse(frame) as Reply;
  } catch {
    return null;
  }
};

/** The stored events of a page. */
export const eventsOf = (page: Page): StoredEvent[] =>
  page.batch.map(({ eventEncoded, metadata }) => ({
    ...eventEncoded,
    createdAt: metadata._tag === 'Some' ? metadata.value.createdAt : null,
  }));

/** The error of a cause, or null for a defect or an interruption. */
export const failureOf = (cause: Cause): Failure | null => ('error' in cause ? cause.error : null);
