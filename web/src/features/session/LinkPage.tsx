/** A new device shows a code, which another one of the person scans or types. */
import { useEffect } from 'react';
import { useT } from '../../i18n';
import { useCommand, useSnapshot } from '../../sdk/store';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { QrCode } from '../../ui/QrCode';
import { Skeleton } from '../../ui/Skeleton';
import { Digits } from '../devices/Digits';
import { keepStorage } from '../settings/storage';
import { EntryLayout } from './EntryLayout';
import { EntryLink } from './EntryLink';

export function LinkPage() {
  const t = useT();
  const run = useCommand();
  const linking = useSnapshot({ type: 'linking' });

  useEffect(() => {
    void run({ command: 'start_linking' });
    void keepStorage();
    return () => void run({ command: 'stop_linking' });
  }, [run]);

  const comparing = linking?.state === 'compare' || linking?.state === 'approved';
  return (
    <EntryLayout
      title={t(comparing ? 'link.compare_title' : 'link_here.title')}
      lead={t(comparing ? 'link_here.compare' : 'link_here.lead')}
      footer={
        <EntryLink href="/sign-in" question={t('link_here.otherwise')}>
          {t('recover.to_sign_in')}
        </EntryLink>
      }
    >
      <div aria-live="polite" className="flex flex-col gap-5">
        {linking?.state === 'waiting' && <Code code={linking.code} qr={linking.qr} />}
        {linking?.state === 'compare' && <Digits digits={linking.digits} label={t('link.digits')} />}
        {linking?.state === 'approved' && <Callout kind="note">{t('link_here.approved')}</Callout>}
        {(!linking || linking.state === 'starting' || linking.state === 'none') && (
          <Skeleton className="h-72" />
        )}
        {linking?.state === 'failed' && (
          <>
            <Callout kind="error">{t(`link_here.failed_${linking.reason}`)}</Callout>
            <Button onClick={() => void run({ command: 'start_linking' })}>{t('link_here.again')}</Button>
          </>
        )}
      </div>
    </EntryLayout>
  );
}

function Code({ code, qr }: { code: string; qr: string }) {
  const t = useT();
  return (
    <>
      <div className="flex justify-center">
        <QrCode text={qr} label={t('link_here.qr')} />
      </div>
      <p className="text-center text-ink-2 text-meta">{t('link_here.or_type')}</p>
      <p className="text-center font-mono text-[1.5rem] tracking-[0.12em]" dir="ltr" data-testid="link-code">
        {code}
      </p>
      <ol className="list-decimal space-y-1 ps-5 text-ink-2 text-meta">
        <li>{t('link_here.step_1')}</li>
        <li>{t('link_here.step_2')}</li>
        <li>{t('link_here.step_3')}</li>
      </ol>
    </>
  );
}
