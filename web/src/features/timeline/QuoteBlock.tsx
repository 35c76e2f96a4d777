/** The message that another answers, in short; pressing it goes there. */
import { useT } from '../../i18n';
import type { Quote } from '../../sdk/types';
import { useConversation } from '../conversation/context';
import { textOrMedia } from '../media/words';

export function QuoteBlock({ quote, own }: { quote: Quote; own: boolean }) {
  const t = useT();
  const { jump } = useConversation();
  const { key } = quote;
  const text = quote.deleted
    ? t('message.deleted')
    : textOrMedia(quote.text, quote.media, t) || t('message.quote_missing');
  const name = quote.sender?.display_name;
  const quiet = quote.deleted || !(quote.text || quote.media) ? 'italic' : '';
  const content = (
    <>
      {name && (
        <span dir="auto" className={`truncate font-semibold ${own ? 'text-own-ink' : 'text-accent'}`}>
          {name}
        </span>
      )}
      <span dir="auto" className={`line-clamp-2 ${quiet} ${own ? 'text-own-ink-2' : 'text-ink/75'}`}>
        {text}
      </span>
    </>
  );
  const look = `mb-1.5 flex w-full min-w-0 flex-col rounded-[10px] border-s-[3px] py-1.5 ps-2.5 pe-3 text-start text-meta ${own ? 'border-own-ink-2 bg-own-deep' : 'border-accent bg-ink/5'}`;
  if (!key) return <div className={look}>{content}</div>;
  return (
    <button
      type="button"
      aria-label={t('message.quote', { name: name ?? '', text })}
      onClick={() => jump(key)}
      className={`${look} transition-colors ${own ? 'hover:bg-own-deep/70 focus-visible:outline-own-ink' : 'hover:bg-ink/2'}`}
    >
      {content}
    </button>
  );
}
