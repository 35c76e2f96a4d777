/**
 * The tab's worker: joins the other tabs' workers, and runs the client while it leads. This is the app's only door
 * to the client's code.
 */
import type { Ask, Call, Tell } from './channel';
import type { Changed } from './client';
import { databaseKey, forgetDatabaseKey } from './database-key';
import init, { SealpostClient } from './generated/sealpost_client_wasm';
import module from './generated/sealpost_client_wasm_bg.wasm?url';
import { type Engine, Peer } from './peer';

const DATABASE = 'sealpost.db';

async function open(changed: (keys: Changed) => void): Promise<Engine> {
  await init({ module_or_path: module });
  const client = await SealpostClient.open(location.origin, DATABASE, await databaseKey());
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
    await forgetDatabaseKey();
  }

  return {
    run(call) {
      if (call.call === 'command') return command(call);
      if (call.call === 'snapshot') return client.snapshot(call.key);
      return Promise.resolve(client.storage);
    },
  };
}

const peer = new Peer((message: Tell) => postMessage(message));
addEventListener('message', ({ data }: MessageEvent<Ask>) => void peer.ask(data.id, data.call));
peer.lead(open).catch((error: { detail?: string }) => {
  postMessage({ tell: 'failed', detail: error.detail ?? String(error) } satisfies Tell);
});
