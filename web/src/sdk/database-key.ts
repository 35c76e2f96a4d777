/**
 * The key of this device's database: 32 random bytes, kept wrapped by a browser key that no script can read out.
 * What lies on the disk is therefore of no use to another program or another profile.
 */
const DATABASE = 'sealpost-keys';
const STORE = 'keys';
const RECORD = 'database';

interface WrappedKey {
  wrapping: CryptoKey;
  iv: Uint8Array<ArrayBuffer>;
  wrapped: ArrayBuffer;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return (await done(opening)).transaction(STORE, mode).objectStore(STORE);
}

async function make(): Promise<Uint8Array> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, wrapping, key);
  await done((await store('readwrite')).put({ wrapping, iv, wrapped } satisfies WrappedKey, RECORD));
  return key;
}

/** The key of this device, made the first time. Only the tab that leads may call this. */
export async function databaseKey(): Promise<Uint8Array> {
  const kept = (await done((await store('readonly')).get(RECORD))) as WrappedKey | undefined;
  if (!kept) return make();
  const key = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: kept.iv }, kept.wrapping, kept.wrapped);
  return new Uint8Array(key);
}

/** Forgets the key: whatever is left of the database can never be read again. */
export async function forgetDatabaseKey(): Promise<void> {
  await done((await store('readwrite')).delete(RECORD));
}
