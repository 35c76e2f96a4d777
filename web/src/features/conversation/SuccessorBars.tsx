/** What stands in place of the composer where somebody lost their keys and goes on with a new account. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import type { ConversationRow, Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { useToast } from '../../ui/Toast';
import { DetailsDialog } from '../details/DetailsDialog';
import { useStartDirect } from '../new-chat/people';
import { Bar, useRun } from './Bar';

/** In the chat with the former account: nobody reads it any more, and the new one is a step away. */
export function SuccessorBar({ row, successor }: { row: ConversationRow; successor: Person }) {
  const t = useT();
  const toast = useToast();
  const start = useStartDirect();
  const [busy, setBusy] = useState(false);
  async function write() {
    setBusy(true);
    const failure = await start(successor.account);
    setBusy(false);
    if (failure) toast(failureText(failure));
  }
  return (
    <Bar label={t('anew_bar.title', { name: row.name })} text={t('anew_bar.text')}>
      <Button busy={busy} onClick={() => void write()}>
        {t('anew_bar.write', { name: successor.display_name })}
      </Button>
    </Bar>
  );
}

/** Where the former account was verified: nothing is sent until the new one was compared too, or is accepted as it is. */
export function AcceptBar({ row, person }: { row: ConversationRow; person: Person }) {
  const t = useT();
  const { busy, act } = useRun();
  const [comparing, setComparing] = useState(false);
  const { account, display_name: name } = person;
  return (
    <Bar label={t('accept_bar.title', { name })} text={t('accept_bar.text', { name })}>
      <Button look="quiet" busy={busy} onClick={() => void act({ command: 'accept_successor', account })}>
        {t('accept_bar.accept')}
      </Button>
      <Button onClick={() => setComparing(true)}>{t('accept_bar.compare')}</Button>
      {comparing && (
        <DetailsDialog
          conversation={row.conversation}
          view="safety"
          account={account}
          onClose={() => setComparing(false)}
        />
      )}
    </Bar>
  );
}
