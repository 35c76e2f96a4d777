/**
 * The tab's worker: joins the other tabs' workers, and runs the client while it leads. This is the app's only door
 * to the client's code.
 */
import { AppLock } from './app-lock';
import type { Ask, Call, LockCall, Result, Tell } from './channel';
import { asFailure, type Changed } from './client';
import { DatabaseKey } from './database-key';
import init, {
  erase_database,
  open_database_key,
  SealpostClient,
  seal_database_key,
} from './generated/sealpost_client_wasm';
import module from './generated/sealpost_client_wasm_bg.wasm?url';
import { keyRecord } from './key-record';
import { type Engine, Peer } from './peer';

const DATABASE = 'sealpost.db';

const ready = init({ module_or_path: module });
// Who needs the client is told.
ready.catch(() => {});

const databaseKey = new DatabaseKey(keyRecord, {
  seal: (key, pin) => ready.then(() => seal_database_key(key, pin)),
  open: (sealed, pin) => ready.then(() => open_database_key(sealed, pin)),
});
const lock = new AppLock(databaseKey, tell, () => ready.then(() => erase_database(DATABASE)));

async function open(changed: (keys: Changed) => void): Promise<Engine> {
  await ready;
  const client = await SealpostClient.open(location.origin, DATABASE, await lock.key());
  client.on_change(changed);

  async function command(call: Extract<Call, { call: 'command' }>) {
    const answer = await client.command(call.command);
    // Signed out is signed out: what fails from here on must not keep the tabs from starting anew.
    if (call.command.command === 'sign_out') await erase().catch((error) => console.warn(error));
    return answer;
  }

  async function erase() {
    // Closing deletes the database; one that stayed under a forgotten key would look damaged the next time.
    await client.close();
    lock.erased();
    await databaseKey.forget();
  }

  return {
    run(call) {
      if (call.call === 'command') return command(call);
      if (call.call === 'snapshot') return client.snapshot(call.key);
      if (call.call === 'stage') return client.stage_file(call.blob, call.file).then(() => undefined);
      if (call.call === 'read') return client.read_file(call.blob, call.from, call.to);
      return Promise.resolve(client.storage);
    },
  };
}

function tell(message: Tell): void {
  postMessage(message);
  // Locked or erased is that: neither the database nor anything that was read of it stays open, even if the page sleeps.
  if (message.tell === 'restart') close();
}

async function askLock(id: number, call: LockCall): Promise<void> {
  const result: Result = await lock.run(call).then(
    () => ({ ok: true, value: undefined }),
    (error) => ({ ok: false, failure: asFailure(error) }),
  );
  tell({ tell: 'result', id, result });
}

const peer = new Peer(tell);
addEventListener('message', ({ data }: MessageEvent<Ask>) => {
  void ('lock' in data ? askLock(data.id, data.lock) : peer.ask(data.id, data.call));
});
peer.lead(open).catch((error: { detail?: string }) => {
  tell({ tell: 'failed', detail: error.detail ?? String(error) });
});
