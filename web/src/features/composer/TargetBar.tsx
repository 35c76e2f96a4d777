/** Above what is written: the message that it answers, or the one that it changes. */
import { Pencil, Reply, X } from 'lucide-react';
import { useT } from '../../i18n';
import { IconButton } from '../../ui/Button';
import type { Target } from '../conversation/context';
import { plain } from '../timeline/plain';

export function TargetBar({ target, onCancel }: { target: Target; onCancel: () => void }) {
  const t = useT();
  const { sender, own } = target.item.content;
  const editing = target.mode === 'edit';
  const Icon = editing ? Pencil : Reply;
  const heading = editing
    ? t('composer.editing')
    : own
      ? t('composer.replying_own')
      : t('composer.replying', { name: sender.display_name });
  return (
    // biome-ignore lint/a11y/useSemanticElements: names what stands above the field, and is no part of it
    <div
      role="group"
      aria-label={heading}
      className="flex animate-appear items-center gap-3 border-line border-b py-1.5 ps-4.5 pe-1.5"
    >
      <Icon size={17} aria-hidden className="shrink-0 text-accent rtl:-scale-x-100" />
      <div className="min-w-0 flex-1 text-meta">
        <p dir="auto" className="truncate font-semibold text-accent">
          {heading}
        </p>
        <p dir="auto" className="truncate text-ink-2">
          {plain(target.item.content)}
        </p>
      </div>
      <IconButton
        label={t(editing ? 'composer.cancel_edit' : 'composer.cancel_reply')}
        onClick={onCancel}
        className="rounded-full!"
      >
        <X size={18} aria-hidden />
      </IconButton>
    </div>
  );
}
