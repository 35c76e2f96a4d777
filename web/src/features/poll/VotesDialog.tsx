/** Who chose what in a poll. */
import { useT } from '../../i18n';
import type { Poll } from '../../sdk/types';
import { Dialog } from '../../ui/Dialog';
import type { MessageItem } from '../conversation/context';
import { PersonRow } from '../new-chat/PersonRow';

interface VotesDialogProps {
  item: MessageItem;
  poll: Poll;
  onClose: () => void;
}

export function VotesDialog({ item, poll, onClose }: VotesDialogProps) {
  const t = useT();
  return (
    <Dialog title={t('poll.votes')} onClose={onClose}>
      <p dir="auto" className="break-words pb-1 font-medium">
        {item.content.text}
      </p>
      {poll.options.map((option, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the client numbers options by their place
        <section key={index} aria-label={option.text} className="pt-3">
          <h3 className="flex items-baseline gap-3 border-line border-b pb-1.5 text-ink-2 text-meta">
            <span dir="auto" className="min-w-0 flex-1 break-words">
              {option.text}
            </span>
            <span className="tabular-nums">{t('poll.votes_count', { count: option.people.length })}</span>
          </h3>
          <ul className="-mx-2.5">
            {option.people.map((person) => (
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
