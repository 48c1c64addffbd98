// Serves the app when the network does not: the page by navigation, and every file of this build.
//
// Owns one cache per build. Events are none of its business: LiveStore keeps them. The build puts the names of its files
// in the place of FILES; another build has other names, so this file changes with it, and the browser installs it when
// the last tab of the old one is closed.
const files = FILES;
const CACHE = files.join();

const PAGE = '/';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...files])));
});

const forgetOthers = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
};

self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));

const kept = async (key) => (await caches.open(CACHE)).match(key);

// The newest page, if it can be had; its files have names of their own.
const page = async (request) => {
  try {
    return await fetch(request);
  } catch {
    return (await kept(PAGE)) ?? Response.error();
  }
};

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (files.includes(pathname)) event.respondWith(kept(pathname).then((file) => file ?? fetch(request)));
});
