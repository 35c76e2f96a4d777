/** What an invite link leads to, and the way in. */
import { Clock3, Link2Off, UsersRound } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Failure, LinkPreview } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Skeleton } from '../../ui/Skeleton';
import { LockLine } from '../details/LockLine';

/** Failures that mean that the link leads nowhere, whatever one tries. */
const DEAD = new Set(['not-found', 'invalid-request']);

export function JoinPage({ fragment }: { fragment: string }) {
  const t = useT();
  const run = useCommand();
  const [preview, setPreview] = useState<LinkPreview>();
  const [failure, setFailure] = useState<Failure>();
  const [tries, setTries] = useState(0);
  const connection = useSnapshot({ type: 'connection' })?.state;
  const dead = !fragment || (failure && DEAD.has(failure.kind));
  // Whoever just came by the link is about to be connected.
  const soon = failure?.kind === 'offline' && connection !== 'offline';

  // biome-ignore lint/correctness/useExhaustiveDependencies: each try asks again, and so does a connection that is there
  useEffect(() => {
    if (preview || dead) return;
    let current = true;
    setFailure(undefined);
    void run({ command: 'inspect_link', fragment }).then((outcome) => {
      if (!current) return;
      if (!outcome.ok) setFailure(outcome.failure);
      else if (outcome.answer.answer === 'link_preview') setPreview(outcome.answer);
    });
    return () => {
      current = false;
    };
  }, [fragment, run, tries, connection]);

  if (dead) return <DeadLink />;
  return (
    <Card>
      {failure && !soon && (
        <>
          <Callout kind="error">{failureText(failure)}</Callout>
          <Button look="outline" onClick={() => setTries(tries + 1)}>
            {t('join.retry')}
          </Button>
        </>
      )}
      {!preview && (!failure || soon) && <Waiting />}
      {preview && <Invitation fragment={fragment} preview={preview} />}
    </Card>
  );
}

function Card({ children }: { children: ReactNode }) {
  return (
    <div className="relative h-full overflow-y-auto">
      <div className="mx-auto flex min-h-full w-full max-w-[25rem] animate-appear flex-col justify-center gap-4 px-5 py-10">
        {children}
      </div>
    </div>
  );
}

function Waiting() {
  return (
    <div className="flex flex-col items-center gap-3" aria-busy="true">
      <Skeleton round className="size-22" />
      <Skeleton className="h-6 w-44" />
      <Skeleton className="h-4 w-28" />
    </div>
  );
}

function DeadLink() {
  const t = useT();
  return (
    <Card>
      <div className="flex flex-col items-center text-center">
        <span className="mb-4 inline-flex size-16 items-center justify-center rounded-full bg-badge text-ink-2">
          <Link2Off size={28} strokeWidth={1.6} aria-hidden />
        </span>
        <h2 className="font-semibold text-[1.0625rem]">{t('join.dead_title')}</h2>
        <p className="mt-1 text-ink-2">{t('join.dead_text')}</p>
        <Link href="/" className="mt-4 font-medium text-accent hover:underline">
          {t('conversation.missing_action')}
        </Link>
      </div>
    </Card>
  );
}

function Invitation({ fragment, preview }: { fragment: string; preview: LinkPreview }) {
  const t = useT();
  const run = useCommand();
  const [, navigate] = useLocation();
  const list = useSnapshot({ type: 'conversations' });
  const row = list?.rows.find((other) => other.conversation === preview.conversation);
  const [asked, setAsked] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const waiting = row ? row.requested : asked;
  const inside = row ? !row.requested && !row.ended : preview.member;

  useEffect(() => {
    // Let in while one waits here: the chat opens by itself.
    if (asked && row && !row.requested && !row.ended)
      navigate(`/c/${preview.conversation}`, { replace: true });
  }, [asked, row, preview.conversation, navigate]);

  async function join() {
    setBusy(true);
    const outcome = await run({ command: 'join_by_link', fragment });
    setBusy(false);
    if (outcome.ok) setAsked(true);
    setFailure(outcome.ok ? undefined : outcome.failure);
  }

  return (
    <>
      <div className="flex flex-col items-center text-center">
        <Avatar id={preview.conversation} name={preview.name} size="huge" />
        <h2 className="mt-4 max-w-full break-words text-title" dir="auto">
          {preview.name}
        </h2>
        <p className="mt-1 flex items-center gap-1.5 text-ink-2 text-meta">
          <UsersRound size={15} aria-hidden />
          {t('details.members', { count: preview.members })}
        </p>
        {preview.description && (
          <p className="mt-3 max-w-full whitespace-pre-wrap break-words" dir="auto">
            {preview.description}
          </p>
        )}
      </div>
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      {waiting ? (
        <p
          role="status"
          className="flex items-start gap-3 rounded-row border border-line bg-raised px-4 py-3.5"
        >
          <Clock3 size={19} aria-hidden className="mt-0.5 shrink-0 text-accent" />
          <span>
            <span className="block font-semibold">{t('join.waiting_title')}</span>
            <span className="text-ink-2 text-meta">
              {t(preview.approval ? 'join.waiting_approval' : 'join.waiting_device')}
            </span>
          </span>
        </p>
      ) : inside ? (
        <Button onClick={() => navigate(`/c/${preview.conversation}`)}>{t('join.open')}</Button>
      ) : (
        <>
          <Button busy={busy} onClick={join}>
            {t(preview.approval ? 'join.ask' : 'join.join')}
          </Button>
          <p className="text-center text-ink-2 text-meta">
            {t(preview.approval ? 'join.ask_hint' : 'join.join_hint')}
          </p>
        </>
      )}
      <LockLine postQuantum />
    </>
  );
}
