// The page: shows what the worker and the relay say, and lets a person add an event.
import { checkHealth } from './health.ts';
import { Relay, type Snapshot } from './relay.ts';
import { randomId, type StoredEvent } from './wire.ts';

const HEALTH_MS = 10_000;

const element = <T extends HTMLElement = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element #${id}`);
  return found as T;
};

/** The store that the address names; without one, a new one that goes into the address. */
const storeOfPage = (): string => {
  const url = new URL(location.href);
  const named = url.searchParams.get('store');
  if (named !== null && named !== '') return named;
  const store = `try-${randomId()}`;
  url.searchParams.set('store', store);
  history.replaceState(null, '', url);
  return store;
};

type Tone = 'good' | 'busy' | 'bad';

// An unchanged status is not written again: screen readers would repeat it.
const showStatus = (id: string, tone: Tone, text: string): void => {
  const status = element(id);
  status.dataset['tone'] = tone;
  if (status.textContent !== text) status.textContent = text;
};

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

const showHealth = async (): Promise<void> => {
  const health = await checkHealth();
  element('checked').textContent = time.format(new Date());
  if (health.up) {
    showStatus('worker-status', 'good', 'Up');
    element('spec-hash').textContent = health.specHash.slice(0, 12);
    element('spec-hash').title = health.specHash;
  } else {
    showStatus('worker-status', 'bad', health.reason);
  }
};

const CONNECTIONS: Record<Snapshot['connection'], [Tone, string]> = {
  connecting: ['busy', 'Connecting…'],
  'catching up': ['busy', 'Catching up…'],
  live: ['good', 'Live'],
  offline: ['bad', 'Not connected; trying again…'],
};

const eventItem = (event: StoredEvent, ownSession: string): HTMLLIElement => {
  const item = document.createElement('li');
  item.dataset['seqNum'] = String(event.seqNum);
  const own = event.sessionId === ownSession;
  item.classList.toggle('own', own);
  const parts: [string, string][] = [
    ['seq', String(event.seqNum)],
    ['name', event.name],
    ['from', own ? 'this tab' : event.clientId],
    ['at', event.createdAt === null ? '' : time.format(new Date(event.createdAt))],
  ];
  for (const [name, text] of parts) {
    const part = document.createElement('span');
    part.className = name;
    part.textContent = text;
    item.append(part);
  }
  return item;
};

// Items that are there already stay, so that a screen reader announces the new ones alone.
const showEvents = (recent: readonly StoredEvent[], ownSession: string): void => {
  const list = element('events');
  const shown = new Map([...list.children].map((item) => [(item as HTMLElement).dataset['seqNum'], item]));
  const items = recent.map((event) => shown.get(String(event.seqNum)) ?? eventItem(event, ownSession));
  for (const item of list.children) if (!items.includes(item)) item.remove();
  items.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  element('empty').hidden = recent.length > 0;
};

const showRelay = (snapshot: Snapshot, ownSession: string): void => {
  showStatus('relay-status', ...CONNECTIONS[snapshot.connection]);
  element('backend-id').textContent = snapshot.backendId ?? '–';
  element('head').textContent = snapshot.backendId === null ? '–' : String(snapshot.head);
  element('waiting').textContent = snapshot.waiting === 0 ? '' : `${snapshot.waiting} waiting to be stored`;
  element('problem').hidden = snapshot.problem === null;
  element('problem').textContent = snapshot.problem;
  showEvents(snapshot.recent, ownSession);
};

const storeId = storeOfPage();
const sessionId = randomId();
element('store-id').textContent = storeId;
element<HTMLAnchorElement>('second-tab').href = location.href;

const relay = new Relay(storeId, sessionId, (snapshot) => showRelay(snapshot, sessionId));
element('wave').addEventListener('click', () => relay.push('waved'));

const keepChecking = async (): Promise<void> => {
  await showHealth();
  setTimeout(keepChecking, HEALTH_MS);
};
void keepChecking();
