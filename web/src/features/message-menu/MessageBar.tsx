/** The few things most often done with a message, beside it while the pointer or the focus is there. */
import { EllipsisVertical, Reply, SmilePlus } from 'lucide-react';
import type { MouseEvent } from 'react';
import { useT } from '../../i18n';
import type { TimelineItem } from '../../sdk/types';
import { IconButton } from '../../ui/Button';
import { isMessage, useConversation } from '../conversation/context';
import { useOverlay } from './context';

export function MessageBar({ item, own }: { item: TimelineItem; own: boolean }) {
  const t = useT();
  const open = useOverlay();
  const { writable, setTarget } = useConversation();
  const answers = writable && isMessage(item);

  function show(what: 'menu' | 'react') {
    return (event: MouseEvent<HTMLElement>) => {
      const place = event.currentTarget.getBoundingClientRect();
      // The bar goes with the pointer; the message is still there to give the focus back to.
      event.currentTarget.closest<HTMLElement>('[data-message]')?.focus({ preventScroll: true });
      open({ show: what, key: item.key, place });
    };
  }

  return (
    <div
      className={`absolute inset-y-0 my-auto hidden h-8.5 animate-appear items-center wide:flex ${own ? 'end-full me-1.5 flex-row-reverse' : 'start-full ms-1.5'}`}
    >
      {answers && (
        <>
          <IconButton
            label={t('message.react')}
            aria-haspopup="menu"
            onClick={show('react')}
            className="size-8.5!"
          >
            <SmilePlus size={17} aria-hidden />
          </IconButton>
          <IconButton
            label={t('message.reply')}
            onClick={() => setTarget({ mode: 'reply', item })}
            className="size-8.5!"
          >
            <Reply size={17} aria-hidden className="rtl:-scale-x-100" />
          </IconButton>
        </>
      )}
      <IconButton label={t('message.more')} aria-haspopup="menu" onClick={show('menu')} className="size-8.5!">
        <EllipsisVertical size={17} aria-hidden />
      </IconButton>
    </div>
  );
}
