/** Who asked to join by a link, for admins to answer. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { fullDate } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Details, Failure } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';

export function JoinRequests({ details }: { details: Details }) {
  const t = useT();
  const run = useCommand();
  const [busy, setBusy] = useState<string>();
  const [failure, setFailure] = useState<Failure>();

  async function answer(request: string, accept: boolean) {
    setBusy(request);
    const outcome = await run({
      command: 'answer_join_request',
      conversation: details.conversation,
      request,
      accept,
    });
    setBusy(undefined);
    setFailure(outcome.ok ? undefined : outcome.failure);
  }

  return (
    <section aria-label={t('join_requests.title')} className="rounded-row border border-line bg-raised p-3">
      <h3 className="px-1 pb-1.5 font-semibold text-meta">{t('join_requests.title')}</h3>
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <ul className="flex flex-col gap-2.5">
        {details.join_requests.map(({ request, person, time }) => (
          <li key={request} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-1">
            <Avatar id={person.account} name={person.display_name} picture={person.picture} size="medium" />
            <span className="flex min-w-32 flex-1 flex-col">
              <span className="truncate font-medium">
                <bdi>{person.display_name}</bdi>
              </span>
              <span className="truncate text-ink-2 text-meta">
                <bdi>@{person.username}</bdi> · {fullDate(time)}
              </span>
            </span>
            <span className="flex gap-1.5">
              <Button
                look="outline"
                className="min-h-9! px-3!"
                busy={busy === request}
                aria-label={t('join_requests.decline_name', { name: person.display_name })}
                onClick={() => answer(request, false)}
              >
                {t('join_requests.decline')}
              </Button>
              <Button
                className="min-h-9! px-3!"
                busy={busy === request}
                aria-label={t('join_requests.approve_name', { name: person.display_name })}
                onClick={() => answer(request, true)}
              >
                {t('join_requests.approve')}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
