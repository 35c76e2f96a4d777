/** How far what was said before is on this device, while it comes. */
import { useT } from '../../i18n';
import { percent } from '../../i18n/dates';
import { useArchive } from './archive';

/** So little is here at once, and not worth a word. */
const FEW = 50;

export function Restoring() {
  const t = useT();
  const archive = useArchive();
  const shown = archive && archive.total - archive.restored >= FEW;
  return (
    <div role="status" className="shrink-0">
      {shown && (
        <div className="flex animate-appear flex-col gap-2 border-line border-t px-4 pt-3 pb-3.5 text-ink-2 text-meta">
          <span className="flex justify-between gap-3">
            <span>{t('history.restoring')}</span>
            <span className="tabular-nums">{percent(archive.restored / archive.total)}</span>
          </span>
          <span aria-hidden className="h-1 overflow-hidden rounded-full bg-line">
            <span
              className="block h-full rounded-full bg-accent transition-[width]"
              style={{ width: `${(100 * archive.restored) / archive.total}%` }}
            />
          </span>
        </div>
      )}
    </div>
  );
}
