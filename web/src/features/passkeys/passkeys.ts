/** The passkeys of the account, as the server and the person's devices know them. */
import { useEffect, useState } from 'react';
import type { Translate } from '../../i18n';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { OwnPasskey, Passkeys } from '../../sdk/types';
import { givesSecrets } from './webauthn';

/** What is known of them; the server is asked anew when it is first shown. */
export function usePasskeys(): Passkeys | undefined {
  const run = useCommand();
  const passkeys = useSnapshot({ type: 'passkeys' });
  useEffect(() => void run({ command: 'read_passkeys' }), [run]);
  return passkeys ?? undefined;
}

/** Whether passkeys can be used in this browser; undefined until that is known. */
export function usePasskeySupport(): boolean | undefined {
  const [works, setWorks] = useState<boolean>();
  useEffect(() => void givesSecrets().then(setWorks), []);
  return works;
}

/** What a passkey is called: after what it was made on. */
export function passkeyName(passkey: OwnPasskey, t: Translate): string {
  return passkey.name || t('passkeys.unnamed');
}
