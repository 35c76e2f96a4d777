/**
 * Asks the browser for passkeys, and for the secret that an authenticator gives for one (WebAuthn's extension PRF). The
 * browser shows what there is to choose; what a secret is for is the client's.
 */
import { fromBase64Url, toBase64Url } from '../../sdk/client';
import type { Person } from '../../sdk/types';

/** What every authenticator is asked with. Never another: it would give other secrets, which open nothing. */
const SALT = new TextEncoder().encode('sealpost passkey v1');
/** ES256, EdDSA and RS256: what authenticators know. Nobody looks at the signature. */
const ALGORITHMS = [-7, -8, -257];

/** Why there is no secret: `known` where the authenticator has a passkey of the account already. */
export type Problem = 'cancelled' | 'no_prf' | 'known' | 'failed';

/** A passkey as its authenticator gave it: both as base64url. */
export interface AskedPasskey {
  /** 32 bytes. */
  secret: string;
  credential: string;
}

export type Asked = { ok: true; passkey: AskedPasskey } | { ok: false; problem: Problem };

/** Whether the browser knows passkeys at all. */
export function hasPasskeys(): boolean {
  return 'PublicKeyCredential' in window && 'credentials' in navigator;
}

/** Whether it may also give secrets for them: not known of browsers that do not say. */
export async function givesSecrets(): Promise<boolean> {
  if (!hasPasskeys()) return false;
  const capabilities = await PublicKeyCredential.getClientCapabilities?.().catch(() => undefined);
  return capabilities?.['extension:prf'] !== false;
}

/** Makes a passkey for an account; `known` are those that it has, which the authenticator must not put it in place of. */
export function makePasskey(me: Person, known: string[]): Promise<Asked> {
  return ask(async () => {
    const made = await navigator.credentials.create({
      publicKey: {
        rp: { id: location.hostname, name: 'Sealpost' },
        user: { id: fromBase64Url(me.account), name: me.username, displayName: me.display_name },
        challenge: challenge(),
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'required',
        },
        attestation: 'none',
        excludeCredentials: known.map((id) => ({ type: 'public-key', id: fromBase64Url(id) })),
        extensions: { prf: { eval: { first: SALT } } },
      },
    });
    if (!(made instanceof PublicKeyCredential)) return 'cancelled';
    const asked = read(made);
    if (asked !== 'no_prf') return asked;
    // Some give it only when they are asked for the passkey again.
    const again = made.getClientExtensionResults().prf?.enabled
      ? await get([made.rawId]).catch(problemOf)
      : 'no_prf';
    if (typeof again === 'string') forgetPasskey(made.id);
    return again;
  });
}

/** Has the person choose one of the passkeys that there are for this host. */
export function askForPasskey(): Promise<Asked> {
  return ask(() => get([]));
}

/** Tells the browser that a passkey opens nothing, so that it offers it no more; where it can be told. */
export function forgetPasskey(credential: string): void {
  const browser = PublicKeyCredential as typeof PublicKeyCredential & {
    signalUnknownCredential?: (options: { rpId: string; credentialId: string }) => Promise<void>;
  };
  browser
    .signalUnknownCredential?.({ rpId: location.hostname, credentialId: credential })
    .catch(() => undefined);
}

async function get(allowed: ArrayBuffer[]): Promise<AskedPasskey | Problem> {
  const got = await navigator.credentials.get({
    publicKey: {
      rpId: location.hostname,
      challenge: challenge(),
      userVerification: 'required',
      allowCredentials: allowed.map((id) => ({ type: 'public-key', id })),
      extensions: { prf: { eval: { first: SALT } } },
    },
  });
  return got instanceof PublicKeyCredential ? read(got) : 'cancelled';
}

function read(credential: PublicKeyCredential): AskedPasskey | 'no_prf' {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (!first) return 'no_prf';
  const bytes = new Uint8Array(first instanceof ArrayBuffer ? first : first.buffer);
  const secret = toBase64Url(bytes);
  bytes.fill(0);
  return { secret, credential: credential.id };
}

async function ask(run: () => Promise<AskedPasskey | Problem>): Promise<Asked> {
  try {
    const asked = await run();
    return typeof asked === 'string' ? { ok: false, problem: asked } : { ok: true, passkey: asked };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): Problem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled';
  return name === 'InvalidStateError' ? 'known' : 'failed';
}

/** Nobody verifies what is signed: the secret alone shows that the person has the passkey. */
function challenge(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(32));
}
