/** Who reacted to a message, and with what. */
import { useT } from '../../i18n';
import { count } from '../../i18n/dates';
import { Dialog } from '../../ui/Dialog';
import type { MessageItem } from '../conversation/context';
import { PersonRow } from '../new-chat/PersonRow';

export function ReactionsDialog({ item, onClose }: { item: MessageItem; onClose: () => void }) {
  const t = useT();
  return (
    <Dialog title={t('reactions.label')} onClose={onClose}>
      {item.content.reactions.length === 0 && <p className="text-ink-2">{t('reactions.none')}</p>}
      {item.content.reactions.map(({ emoji, people }) => (
        <section key={emoji} aria-label={emoji} className="-mx-2.5">
          <h3 className="px-2.5 pt-2 text-ink-2 text-meta">
            <span className="text-[1.125rem]">{emoji}</span>{' '}
            <span className="tabular-nums">{count(people.length)}</span>
          </h3>
          <ul>
            {people.map((person) => (
              <li key={person.account}>
                <PersonRow person={person} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Dialog>
  );
}
