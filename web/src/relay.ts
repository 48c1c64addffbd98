// One store's connection to the relay. It pulls live, pushes one event at a time, and reconnects.
import { syncUrl } from '../../generated/web/routes.ts';
import * as wire from './wire.ts';

/** What is known of the store and of the way to it. */
export interface Snapshot {
  connection: 'connecting' | 'catching up' | 'live' | 'offline';
  backendId: string | null;
  /** The last sequence number, 0 when the store is empty. */
  head: number;
  /** The last events, the newest first. */
  recent: readonly wire.StoredEvent[];
  /** How many of this tab's events the relay has not stored yet. */
  waiting: number;
  /** What the server last refused, if it did. */
  problem: string | null;
}

const RECENT = 12;
const PING_MS = 10_000;
const RETRY_MS = { first: 500, most: 15_000 };

type Draft = Omit<wire.Event, 'seqNum' | 'parentSeqNum'> & { args: { id: string } };

export class Relay {
  #state: Snapshot = { connection: 'connecting', backendId: null, head: 0, recent: [], waiting: 0, problem: null };
  #socket: WebSocket | null = null;
  #pullId = '';
  #pushing: { requestId: string; draft: Draft } | null = null;
  #nextId = 0;
  #outbox: Draft[] = [];
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly storeId: string,
    private readonly sessionId: string,
    private readonly onChange: (snapshot: Snapshot) => void,
  ) {
    addEventListener('online', () => this.#reconnectNow());
    this.#connect();
  }

  /** Stores one event, now or once the relay can be reached. */
  push(name: string, args: object = {}): void {
    const id = wire.randomId();
    this.#outbox.push({ name, args: { ...args, id }, clientId: `page-${this.sessionId}`, sessionId: this.sessionId });
    this.#update({ waiting: this.#outbox.length });
    this.#pushNext();
  }

  #update(change: Partial<Snapshot>): void {
    this.#state = { ...this.#state, ...change };
    this.onChange(this.#state);
  }

  #connect(): void {
    this.#update({ connection: 'connecting' });
    const url = new URL(syncUrl(location.href));
    url.search = new URLSearchParams({ storeId: this.storeId, transport: 'ws' }).toString();
    const socket = new WebSocket(url);
    this.#socket = socket;

    // A peer that vanished closes nothing; a Ping without its Pong shows it.
    let answered = true;
    const heartbeat = setInterval(() => {
      if (!answered) lost();
      else if (socket.readyState === WebSocket.OPEN) socket.send(wire.PING);
      answered = false;
    }, PING_MS);
    const lost = () => {
      clearInterval(heartbeat);
      socket.onmessage = socket.onclose = null;
      socket.close();
      this.#reconnectLater();
    };

    socket.onclose = lost;
    socket.onopen = () => {
      this.#update({ connection: 'catching up', problem: null });
      this.#pullId = this.#id();
      socket.send(wire.livePull(this.#pullId, this.#position()));
    };
    socket.onmessage = ({ data }) => {
      answered = true;
      const reply = wire.parseReply(String(data));
      if (reply === null) this.#startOver(null);
      else this.#receive(reply);
    };
  }

  #reconnectLater(): void {
    this.#socket = null;
    this.#pushing = null;
    this.#update({ connection: 'offline' });
    const delay = Math.min(RETRY_MS.first * 2 ** this.#failures++, RETRY_MS.most);
    this.#retry = setTimeout(() => this.#connect(), delay * (0.5 + Math.random() / 2));
  }

  #reconnectNow(): void {
    if (this.#socket !== null) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  #receive(reply: wire.Reply): void {
    switch (reply._tag) {
      case 'Chunk':
        if (reply.requestId === this.#pullId) this.#take(reply);
        return;
      case 'Exit': {
        const failure = reply.exit._tag === 'Failure' ? wire.failureOf(reply.exit.cause) : null;
        if (reply.requestId === this.#pushing?.requestId) this.#pushEnded(reply.exit._tag === 'Success', failure);
        else if (reply.requestId === this.#pullId) this.#startOver(failure);
        return;
      }
      case 'Defect':
        this.#startOver(null);
    }
  }

  #take({ requestId, values }: Extract<wire.Reply, { _tag: 'Chunk' }>): void {
    this.#socket?.send(wire.ack(requestId));
    for (const page of values) {
      const events = wire.eventsOf(page).filter(({ seqNum }) => seqNum > this.#state.head);
      const stored = new Set(events.map(({ args }) => (args as { id?: unknown } | null)?.id));
      const isStored = ({ args }: Draft) => stored.has(args.id);
      this.#outbox = this.#outbox.filter((draft) => !isStored(draft));
      if (this.#pushing !== null && isStored(this.#pushing.draft)) this.#pushing = null;
      this.#failures = 0;
      this.#update({
        connection: page.pageInfo._tag === 'NoMore' ? 'live' : 'catching up',
        backendId: page.backendId,
        head: events.at(-1)?.seqNum ?? this.#state.head,
        recent: [...events.toReversed(), ...this.#state.recent].slice(0, RECENT),
        waiting: this.#outbox.length,
      });
    }
    this.#pushNext();
  }

  #pushNext(): void {
    const [draft] = this.#outbox;
    if (draft === undefined || this.#pushing !== null || this.#state.connection !== 'live') return;
    const requestId = this.#id();
    this.#pushing = { requestId, draft };
    this.#socket?.send(wire.push(requestId, this.#position(), draft));
  }

  // A stored event leaves the outbox when the live pull brings it back, never by the answer to its push:
  // so a push whose answer was lost with the connection is not sent twice.
  #pushEnded(stored: boolean, failure: wire.Failure | null): void {
    if (stored) {
      this.#update({ problem: null });
    } else if (failure?._tag === 'ServerAheadError') {
      this.#pushing = null;
      // While the head is behind, the pull is about to bring what is missing, and the push follows it.
      if (this.#state.head >= failure.minimumExpectedNum) this.#pushNext();
    } else if (failure?._tag === 'BackendIdMismatchError') {
      this.#startOver(failure);
    } else {
      this.#pushing = null;
      this.#outbox.shift();
      this.#update({ problem: describe(failure), waiting: this.#outbox.length });
      this.#pushNext();
    }
  }

  /** Gives up this connection; the next one pulls again, from the start if the store is another one now. */
  #startOver(failure: wire.Failure | null): void {
    if (failure?._tag === 'BackendIdMismatchError') this.#update({ backendId: null, head: 0, recent: [] });
    this.#update({ problem: describe(failure) });
    this.#socket?.close();
  }

  #position(): wire.Position {
    return { storeId: this.storeId, backendId: this.#state.backendId, head: this.#state.head };
  }

  #id(): string {
    return String(this.#nextId++);
  }
}

const describe = (failure: wire.Failure | null): string => {
  switch (failure?._tag) {
    case 'BackendIdMismatchError':
      return 'The store was set up anew on the server; reading it again.';
    case 'UnknownError':
      return failure.cause?.message ?? 'The relay refused the request.';
    default:
      return 'The relay refused the request.';
  }
};
