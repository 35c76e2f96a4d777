/** Chooses the chats that get a copy of a message. */
import { Check } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { newId } from '../../sdk/client';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { ConversationRow, Failure } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { RowSkeletons } from '../../ui/Skeleton';
import { TextField } from '../../ui/TextField';
import { useToast } from '../../ui/Toast';
import { type MessageItem, useConversation } from '../conversation/context';

function takesMessages(row: ConversationRow): boolean {
  return !(row.joining || row.ended || row.requested || row.request || row.blocked || row.read_only);
}

export function ForwardDialog({ item, onClose }: { item: MessageItem; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const { conversation } = useConversation();
  const [id] = useState(newId);
  const [chosen, setChosen] = useState<string[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function send() {
    setBusy(true);
    const outcome = await run({ command: 'forward', id, conversation, keys: [item.key], to: chosen });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t('forward.done', { count: chosen.length }));
    onClose();
  }

  return (
    <Dialog
      title={t('forward.title')}
      onClose={onClose}
      actions={
        <Button busy={busy} disabled={chosen.length === 0} onClick={send}>
          {t('forward.send', { count: chosen.length })}
        </Button>
      }
    >
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <Chats chosen={chosen} onChange={setChosen} />
    </Dialog>
  );
}

function Chats({ chosen, onChange }: { chosen: string[]; onChange: (chosen: string[]) => void }) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().toLocaleLowerCase();
  const rows = list?.rows.filter(takesMessages) ?? [];
  const found = rows.filter((row) => row.name.toLocaleLowerCase().includes(wanted));

  function toggle(id: string) {
    onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  }

  return (
    <div className="flex flex-col gap-2">
      <TextField
        label={t('forward.search')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        autoFocus
      />
      <ul aria-label={t('list.chats')} className="-mx-2.5 min-h-60">
        {!list && <RowSkeletons />}
        {list && found.length === 0 && (
          <li className="px-2.5 py-2 text-ink-2 text-meta">{t('forward.none')}</li>
        )}
        {found.map((row) => (
          <li key={row.conversation}>
            <Chat
              row={row}
              chosen={chosen.includes(row.conversation)}
              onPress={() => toggle(row.conversation)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Chat({ row, chosen, onPress }: { row: ConversationRow; chosen: boolean; onPress: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onPress}
      className="flex w-full items-center gap-3 rounded-row px-2.5 py-2 text-start transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
    >
      <Avatar
        id={row.peer?.account ?? row.conversation}
        name={row.name}
        picture={row.peer?.picture ?? row.picture}
        size="medium"
      />
      <span className="min-w-0 flex-1 truncate font-medium" dir="auto">
        {row.name}
      </span>
      <span
        aria-hidden
        className={`inline-flex size-5.5 shrink-0 items-center justify-center rounded-full border-[1.5px] ${chosen ? 'border-accent bg-accent text-accent-ink' : 'border-line-strong'}`}
      >
        {chosen && <Check size={14} strokeWidth={3} />}
      </span>
    </button>
  );
}
