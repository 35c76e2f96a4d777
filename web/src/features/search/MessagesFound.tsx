/** The newest messages that were found for what is typed above the list, and the way to all of them. */
import { Search } from 'lucide-react';
import { Link } from 'wouter';
import { useT } from '../../i18n';
import { HitText } from './HitText';
import { hitPath, useHits } from './hits';

const FEW = 5;

export function MessagesFound({ query }: { query: string }) {
  const t = useT();
  const found = useHits(query, FEW);
  if (!found || found.failure) return null;
  return (
    <section aria-label={t('search.messages')}>
      <h2 className="px-2.5 pt-4 pb-1.5 font-semibold text-ink-2 text-meta">{t('search.messages')}</h2>
      {found.hits.map((hit) => (
        <Link
          key={`${hit.conversation} ${hit.key}`}
          href={hitPath(hit)}
          data-row
          className="flex rounded-row px-2.5 py-2 transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
        >
          <HitText hit={hit} title={hit.name} />
        </Link>
      ))}
      <Link
        href={`/search?q=${encodeURIComponent(query)}`}
        data-row
        className="flex items-center gap-2.5 rounded-row px-2.5 py-2 font-medium text-[0.875rem] text-accent transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
      >
        <Search size={16} aria-hidden />
        {t('search.all', { query })}
      </Link>
    </section>
  );
}
