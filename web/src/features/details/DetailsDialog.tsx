/** Who is in a conversation and how it is protected. */
import { LockKeyhole, UserRoundPlus } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Details, Failure, Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { RowSkeleton } from '../../ui/Skeleton';
import { PersonRow } from '../new-chat/PersonRow';
import { PeoplePicker } from '../new-group/PeoplePicker';

export function DetailsDialog({ conversation, onClose }: { conversation: string; onClose: () => void }) {
  const t = useT();
  const details = useSnapshot({ type: 'details', conversation });
  const [adding, setAdding] = useState(false);
  if (adding && details) return <AddPeople details={details} onDone={() => setAdding(false)} />;
  return (
    <Dialog title={t('details.title')} onClose={onClose}>
      {details ? <Content details={details} onAdd={() => setAdding(true)} /> : <RowSkeleton />}
    </Dialog>
  );
}

function Content({ details, onAdd }: { details: Details; onAdd: () => void }) {
  const t = useT();
  const other = details.kind === 'direct' ? details.members.find((member) => !member.me)?.person : undefined;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-3.5 py-1">
        <Avatar id={other?.account ?? details.conversation} name={details.name} />
        <div className="min-w-0">
          <p className="truncate font-semibold text-[1.0625rem]" dir="auto">
            {details.name}
          </p>
          <p className="text-ink-2 text-meta">
            {other ? `@${other.username}` : t('details.members', { count: details.members.length })}
          </p>
        </div>
      </div>
      <div className="flex items-start gap-3 rounded-row bg-accent-soft px-3.5 py-3 text-meta">
        <LockKeyhole size={17} aria-hidden className="mt-px shrink-0 text-accent" />
        <p>
          <span className="font-semibold">{t('details.encrypted')}</span>{' '}
          {t(details.post_quantum ? 'details.encrypted_post_quantum' : 'details.encrypted_classic')}
        </p>
      </div>
      {details.kind === 'group' && (
        <section aria-label={t('details.people')} className="-mx-2.5">
          {details.may_add && (
            <button
              type="button"
              onClick={onAdd}
              className="flex w-full items-center gap-3 rounded-row px-2.5 py-2 text-start font-medium text-accent transition-colors hover:bg-hover"
            >
              <span className="inline-flex size-10 items-center justify-center rounded-full bg-accent-soft">
                <UserRoundPlus size={19} aria-hidden />
              </span>
              {t('details.add')}
            </button>
          )}
          <ul>
            {details.members.map(({ person, admin, me }) => (
              <li key={person.account}>
                <PersonRow
                  person={person}
                  end={
                    <span className="text-ink-2 text-meta">
                      {[me && t('details.you'), admin && t('details.admin')].filter(Boolean).join(', ')}
                    </span>
                  }
                />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function AddPeople({ details, onDone }: { details: Details; onDone: () => void }) {
  const t = useT();
  const run = useCommand();
  const [chosen, setChosen] = useState<Person[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function add() {
    setBusy(true);
    const members = chosen.map((person) => person.account);
    const outcome = await run({ command: 'add_members', conversation: details.conversation, members });
    setBusy(false);
    if (outcome.ok) onDone();
    else setFailure(outcome.failure);
  }

  return (
    <Dialog
      title={t('details.add')}
      onClose={onDone}
      actions={
        <Button busy={busy} disabled={chosen.length === 0} onClick={add}>
          {t('details.add_chosen', { count: chosen.length })}
        </Button>
      }
    >
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <PeoplePicker
        chosen={chosen}
        onChange={setChosen}
        except={details.members.map((member) => member.person.account)}
      />
    </Dialog>
  );
}
