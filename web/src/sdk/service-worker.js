// @ts-nocheck: runs as it is, with two values that the build fills in.
// Keeps the app's own files so that it starts without a network. It never sees what people write: requests to
// the server's operations are not touched.
const CACHE = 'sealpost-__VERSION__';
const PRECACHE = ['__PRECACHE__'];

self.addEventListener('install', (event) => {
  const fill = caches.open(CACHE).then((cache) => cache.addAll(PRECACHE));
  event.waitUntil(fill.then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const outdated = caches
    .keys()
    .then((names) => names.filter((name) => name.startsWith('sealpost-') && name !== CACHE))
    .then((names) => Promise.all(names.map((name) => caches.delete(name))));
  event.waitUntil(outdated.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/v1/'))
    return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (PRECACHE.includes(url.pathname) || url.pathname.startsWith('/assets/'))
    event.respondWith(asset(request));
});

// A page is always the app: its route is read in the page.
async function page(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match('/')) ?? fetch(request);
}

// Names of assets change with their content, so a kept one is never out of date.
async function asset(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

// A notification that a phone showed leads to its chat, in a window that is open if there is one.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

async function open(path) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const [window] = windows;
  if (!window) return self.clients.openWindow(path);
  await window.focus();
  window.postMessage({ open: path });
}
