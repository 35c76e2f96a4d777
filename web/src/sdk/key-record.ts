/** The one record in which this browser keeps the key of the database: read and written as a whole, or not at all. */
const DATABASE = 'sealpost-keys';
const STORE = 'keys';
const RECORD = 'database';
const LOCK = 'sealpost-key';

/** What is kept of a PIN in clear. */
export interface Pin {
  /** Minutes without use after which the app locks; 0 for never. */
  after: number;
  /** Tries since the last right one, counted when they begin. */
  tries: number;
  /** When the last of them began, in milliseconds since 1970. */
  tried: number;
}

export interface Kept {
  /** A key that no script can read out. */
  wrapping: CryptoKey;
  iv: Uint8Array<ArrayBuffer>;
  /** Under it the key of the database, or with a PIN what `seal_database_key` made of it. */
  wrapped: ArrayBuffer;
  pin?: Pin;
}

export interface KeyRecord {
  read(): Promise<Kept | undefined>;
  /** Puts this in the record's place, or nothing; it is on the disk when this resolves. */
  write(kept: Kept | undefined): Promise<void>;
  /** Runs one thing at a time, of all tabs. */
  alone<T>(run: () => Promise<T>): Promise<T>;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function transact<T>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => Pick<IDBRequest<T>, 'result'>,
): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    const transaction = database.transaction(STORE, mode, { durability: 'strict' });
    const request = ask(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    return request.result;
  } finally {
    database.close();
  }
}

export const keyRecord: KeyRecord = {
  read: () => transact('readonly', (store) => store.get(RECORD) as IDBRequest<Kept | undefined>),
  async write(kept) {
    await transact<unknown>('readwrite', (store) => (kept ? store.put(kept, RECORD) : store.delete(RECORD)));
  },
  alone: async (run) => navigator.locks.request(LOCK, run),
};
