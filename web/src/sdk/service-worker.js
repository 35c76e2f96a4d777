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
  if (url.origin === self.location.origin && url.pathname.startsWith('/media/')) {
    event.respondWith(media(event.clientId, url, request.headers.get('range')));
    return;
  }
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

// A film or file of a message. Its bytes come from the page that shows it, which alone can open them, a piece at a time and no
// faster than they are taken.
const PIECE = 1024 * 1024;
const SHOWN =
  /^(image\/(jpeg|png|webp|avif|gif)|video\/(mp4|webm|quicktime)|audio\/(mpeg|mp4|aac|ogg|webm|wav|x-wav|flac|x-m4a))$/;

async function media(clientId, url, range) {
  const blob = url.pathname.slice('/media/'.length);
  const { page, about } = await whoShows(clientId, blob);
  // No content: a page that went there stays where it is.
  if (!about) return new Response(null, { status: url.searchParams.has('download') ? 204 : 404 });
  const part = rangeOf(range, about.size);
  if (!part)
    return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${about.size}` } });
  const [from, to] = part;
  const shown = SHOWN.test(about.type) && !url.searchParams.has('download');
  const headers = {
    'Content-Type': shown ? about.type : 'application/octet-stream',
    'Content-Length': `${to - from}`,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Content-Disposition': shown ? 'inline' : `attachment; filename*=UTF-8''${fileName(about.name)}`,
  };
  if (range) headers['Content-Range'] = `bytes ${from}-${to - 1}/${about.size}`;
  let at = from;
  const body = new ReadableStream({
    async pull(controller) {
      const until = Math.min(at + PIECE, to);
      if (at < until) controller.enqueue(await ask(page, { media: 'read', blob, from: at, to: until }));
      at = until;
      if (at === to) controller.close();
    },
  });
  return new Response(body, { status: range ? 206 : 200, headers });
}

// As RFC 8187 (section 3.2) writes it.
function fileName(name) {
  return encodeURIComponent(name).replace(/['()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

// What is saved is asked for by no page: then it is one of those that are open.
async function whoShows(clientId, blob) {
  const one = clientId && (await self.clients.get(clientId));
  const pages = one ? [one] : await self.clients.matchAll({ type: 'window' });
  for (const page of pages) {
    const about = await ask(page, { media: 'describe', blob }).catch(() => undefined);
    if (about) return { page, about };
  }
  return {};
}

// The first and the last byte but one that are asked for; nothing if they are not there.
function rangeOf(range, size) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? 'bytes=0-') ?? [];
  if (first === undefined || (first === '' && last === '')) return [0, size];
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return from < to || size === 0 ? [from, to] : undefined;
}

function ask(page, message) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      if (data.ok) resolve(data.value);
      else reject(new Error('the page does not have it'));
    };
    page.postMessage(message, [port2]);
  });
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
