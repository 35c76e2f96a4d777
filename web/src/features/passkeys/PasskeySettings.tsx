/** The passkeys that open the account, and the way to add or remove one. */
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { fullDate } from '../../i18n/dates';
import type { OwnPasskey, Person } from '../../sdk/types';
import { Button, IconButton } from '../../ui/Button';
import { Skeleton } from '../../ui/Skeleton';
import { AddPasskeyDialog } from './AddPasskeyDialog';
import { passkeyName, usePasskeySupport, usePasskeys } from './passkeys';
import { RemovePasskeyDialog } from './RemovePasskeyDialog';

type Open = { what: 'add' } | { what: 'remove'; passkey: OwnPasskey };

export function PasskeySettings({ me }: { me: Person }) {
  const t = useT();
  const known = usePasskeys();
  const works = usePasskeySupport();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const passkeys = known?.passkeys;
  return (
    <>
      <p className="text-[0.875rem] text-ink-2">{t('passkeys.explain')}</p>
      {!passkeys && <Skeleton className="h-11" />}
      {passkeys && passkeys.length > 0 && (
        <ul className="-my-1.5 divide-y divide-line">
          {passkeys.map((passkey) => (
            <Row
              key={passkey.passkey}
              passkey={passkey}
              onRemove={() => setOpen({ what: 'remove', passkey })}
            />
          ))}
        </ul>
      )}
      {passkeys && works && known.may_add && (
        <div className="flex flex-wrap gap-2">
          <Button
            look="outline"
            icon={<Plus size={18} aria-hidden />}
            onClick={() => setOpen({ what: 'add' })}
          >
            {t('passkeys.add')}
          </Button>
        </div>
      )}
      {passkeys && works && !known.may_add && <Line text={t('passkeys.full')} />}
      {works === false && <Line text={t('passkeys.unsupported')} />}
      {open?.what === 'add' && <AddPasskeyDialog me={me} known={passkeys ?? []} onClose={close} />}
      {open?.what === 'remove' && <RemovePasskeyDialog passkey={open.passkey} onClose={close} />}
    </>
  );
}

function Row({ passkey, onRemove }: { passkey: OwnPasskey; onRemove: () => void }) {
  const t = useT();
  const name = passkeyName(passkey, t);
  return (
    <li className="flex items-center gap-3 py-2.5">
      <span className="flex size-10 shrink-0 items-center justify-center rounded-full bg-accent-soft text-accent">
        <KeyRound size={19} aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <p className="break-words font-medium">{name}</p>
        <p className="text-ink-2 text-meta">{t('devices.added', { when: fullDate(passkey.added) })}</p>
      </div>
      <IconButton label={t('passkeys.remove', { name })} onClick={onRemove} className="hover:text-danger!">
        <Trash2 size={17} aria-hidden />
      </IconButton>
    </li>
  );
}

function Line({ text }: { text: string }) {
  return <p className="text-ink-2 text-meta">{text}</p>;
}
