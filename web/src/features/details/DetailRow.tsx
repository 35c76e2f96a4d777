import { ChevronRight, type LucideIcon } from 'lucide-react';
import type { View } from './DetailsDialog';

interface DetailRowProps {
  icon: LucideIcon;
  label: string;
  /** How it is set. */
  value?: string;
  /** Leads there; without it the row only tells. */
  onClick?: () => void;
  /** The part of the details that it leads to. */
  view?: View;
  danger?: boolean;
}

/** Something that is set or done, on one line. */
export function DetailRow({ icon: Icon, label, value, onClick, view, danger = false }: DetailRowProps) {
  const content = (
    <>
      <Icon size={19} aria-hidden className={`shrink-0 ${danger ? '' : 'text-ink-2'}`} />
      <span className="min-w-0 flex-1">{label}</span>
      {value && <span className="min-w-0 shrink-0 text-ink-2 text-meta">{value}</span>}
      {view && <ChevronRight size={17} aria-hidden className="shrink-0 text-ink-3 rtl:rotate-180" />}
    </>
  );
  const frame = 'flex min-h-11 w-full items-center gap-3.5 rounded-row px-3 py-2 text-start';
  if (!onClick) return <div className={frame}>{content}</div>;
  return (
    <button
      type="button"
      data-view={view}
      onClick={onClick}
      className={`${frame} transition-colors focus-visible:outline-offset-[-2px] ${danger ? 'text-danger hover:bg-danger-soft' : 'hover:bg-hover'}`}
    >
      {content}
    </button>
  );
}
