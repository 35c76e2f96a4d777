/** One item of a timeline with what stands above it. */
import { memo } from 'react';
import { useT } from '../../i18n';
import { longDate } from '../../i18n/dates';
import { MessageArticle } from './MessageArticle';
import { NoticeLine } from './NoticeLine';
import type { Row } from './rows';

interface MessageRowProps {
  row: Row;
  /** It was just jumped to. */
  highlighted?: boolean;
}

export const MessageRow = memo(MessageRowView, (a, b) => JSON.stringify(a) === JSON.stringify(b));

function MessageRowView({ row, highlighted = false }: MessageRowProps) {
  const t = useT();
  const { content, time } = row.item;
  return (
    <div className="relative mx-auto w-full max-w-[47.5rem]">
      {row.day && (
        <p className="pt-6 pb-3 text-center font-medium text-[0.75rem] text-ink-2">{longDate(time)}</p>
      )}
      {row.unread && (
        <div className="flex items-center gap-3 py-4 font-semibold text-[0.75rem] text-unread">
          <span className="h-px flex-1 bg-unread/50" />
          {t('timeline.new_messages')}
          <span className="h-px flex-1 bg-unread/50" />
        </div>
      )}
      {content.type === 'notice' ? (
        <NoticeLine notice={content} />
      ) : (
        <MessageArticle content={content} row={row} highlighted={highlighted} />
      )}
    </div>
  );
}
