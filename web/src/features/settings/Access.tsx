/** What opens the account: the password, and the recovery code for when it is forgotten. */
import { useState } from 'react';
import { useT } from '../../i18n';
import type { Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { NewCodeDialog } from '../recovery-code/NewCodeDialog';
import { ChangePasswordDialog } from './ChangePasswordDialog';

export function Access({ me }: { me: Person }) {
  const t = useT();
  const [open, setOpen] = useState<'password' | 'code'>();
  const close = () => setOpen(undefined);
  return (
    <>
      <p className="text-[0.875rem] text-ink-2">{t('access.explain')}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="outline" onClick={() => setOpen('password')}>
          {t('change_password.title')}
        </Button>
        <Button look="outline" onClick={() => setOpen('code')}>
          {t('access.new_code')}
        </Button>
      </div>
      {open === 'password' && <ChangePasswordDialog me={me} onClose={close} />}
      {open === 'code' && <NewCodeDialog username={me.username} onClose={close} />}
    </>
  );
}
