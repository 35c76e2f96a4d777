/** What is shown of a message that was found. */
import { shortDate } from '../../i18n/dates';
import type { Hit } from '../../sdk/types';

interface HitTextProps {
  hit: Hit;
  /** Above the text: who wrote it, or where it is. */
  title: string;
}

export function HitText({ hit, title }: HitTextProps) {
  return (
    <span className="flex min-w-0 flex-1 flex-col text-start">
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate font-medium text-[0.875rem]">
          <bdi>{title}</bdi>
        </span>
        <time
          className="shrink-0 text-[0.75rem] text-ink-3 tabular-nums"
          dateTime={new Date(hit.time).toISOString()}
        >
          {shortDate(hit.time)}
        </time>
      </span>
      <span className="line-clamp-2 break-words text-[0.875rem] text-ink-2">
        <bdi>
          {hit.snippet.map(({ text, found }, index) =>
            found ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, which never move
              <mark key={index} className="rounded-[3px] bg-accent-soft font-semibold text-ink">
                {text}
              </mark>
            ) : (
              text
            ),
          )}
        </bdi>
      </span>
    </span>
  );
}
