/** One conversation: who it is with, what was said, and what is being written. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useTarget } from '../features/composer/begun';
import { Composer } from '../features/composer/Composer';
import { JoinRequestsBar, ObstacleBar, obstacle } from '../features/conversation/Bars';
import { ConversationContext, type Jump, type OpenConversation } from '../features/conversation/context';
import { Header } from '../features/conversation/Header';
import { Timeline } from '../features/timeline/Timeline';
import { usePageVisible } from '../features/timeline/visible';
import { useT } from '../i18n';
import { useCommand, useSnapshot } from '../sdk/store';
import type { ConversationRow, TimelineItem } from '../sdk/types';
import { isCovered } from '../ui/overlay';

export function ConversationPage({ conversation }: { conversation: string }) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  const row = list?.rows.find((other) => other.conversation === conversation);
  const [wish, jump] = useJumpWish(conversation);
  useCloseOnEscape();
  useLook(conversation);

  if (list && !row) {
    return (
      <div className="m-auto px-6 text-center">
        <h2 className="font-semibold">{t('conversation.missing_title')}</h2>
        <p className="mt-1 text-ink-2 text-meta">{t('conversation.missing_text')}</p>
        <Link href="/" className="mt-4 inline-block font-medium text-accent hover:underline">
          {t('conversation.missing_action')}
        </Link>
      </div>
    );
  }
  return (
    <>
      <Header row={row} onJump={jump} />
      {row ? <Content row={row} wish={wish} jump={jump} /> : <div className="flex-1" />}
    </>
  );
}

interface ContentProps {
  row: ConversationRow;
  wish: Jump | undefined;
  jump: (key: string) => void;
}

function Content({ row, wish, jump }: ContentProps) {
  const [target, setTarget] = useTarget(row.conversation);
  const shown = useRef<TimelineItem[]>([]);
  const { conversation, name } = row;
  const group = row.kind === 'group';
  const writable = obstacle(row) === undefined;
  const open = useMemo<OpenConversation>(
    () => ({ conversation, name, group, writable, target, setTarget, jump, shown }),
    [conversation, name, group, writable, target, setTarget, jump],
  );
  return (
    <ConversationContext value={open}>
      <JoinRequestsBar row={row} />
      <Timeline unread={row.unread} jump={wish} />
      <div className="shrink-0 wide:px-6">{writable ? <Composer /> : <ObstacleBar row={row} />}</div>
    </ConversationContext>
  );
}

/** Where to go: what a link names, then whatever is asked for here. The address goes back to the conversation's. */
function useJumpWish(conversation: string): [Jump | undefined, (key: string) => void] {
  const [, navigate] = useLocation();
  const named = new URLSearchParams(useSearch()).get('m');
  const [wish, setWish] = useState<Jump | undefined>(() => (named ? { key: named } : undefined));
  const first = useRef(named);
  useEffect(() => {
    if (!named) return;
    if (named !== first.current) setWish({ key: named });
    first.current = null;
    navigate(`/c/${conversation}`, { replace: true });
  }, [named, conversation, navigate]);
  const jump = useCallback((key: string) => setWish({ key }), []);
  return [wish, jump];
}

/** Tells the client which conversation is looked at, so that it knows whose presence matters. */
function useLook(conversation: string): void {
  const run = useCommand();
  const visible = usePageVisible();
  useEffect(() => {
    if (!visible) return;
    void run({ command: 'look', conversation });
    return () => void run({ command: 'look', conversation: null });
  }, [run, conversation, visible]);
}

/** Escape leaves the conversation, unless something in it or above it takes the key. */
function useCloseOnEscape() {
  const [, navigate] = useLocation();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || isCovered()) return;
      if (event.target instanceof HTMLInputElement) return;
      navigate('/');
    }
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [navigate]);
}
