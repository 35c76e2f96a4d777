/** Starts a chat with someone, or leads to making a group. */
import { ChevronRight, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';
import { NewGroupDialog } from '../new-group/NewGroupDialog';
import { Contacts, PeopleFound } from './PeopleFound';

export function NewChatDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [typed, setTyped] = useState('');
  const [group, setGroup] = useState(false);
  if (group) return <NewGroupDialog onClose={onClose} />;
  const prefix = typed.trim();
  return (
    <Dialog title={t('new_chat.title')} onClose={onClose}>
      <TextField
        label={t('people.search')}
        hint={t('people.search_hint')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
      />
      <div className="-mx-2.5 mt-3 min-h-52">
        {prefix ? (
          <PeopleFound prefix={prefix} onOpened={onClose} />
        ) : (
          <>
            <button
              type="button"
              onClick={() => setGroup(true)}
              className="flex w-full items-center gap-3 rounded-row px-2.5 py-2 text-start transition-colors hover:bg-hover"
            >
              <span className="inline-flex size-10 items-center justify-center rounded-full bg-accent-soft text-accent">
                <UsersRound size={19} aria-hidden />
              </span>
              <span className="flex-1 font-medium">{t('new_group.title')}</span>
              <ChevronRight size={18} aria-hidden className="text-ink-3 rtl:rotate-180" />
            </button>
            <Contacts onOpened={onClose} />
          </>
        )}
      </div>
    </Dialog>
  );
}
