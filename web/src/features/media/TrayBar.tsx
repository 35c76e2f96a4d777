/** What was chosen to be sent, above the text that is written about it. */
import { Captions, File as FileIcon, Film, Music, X } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { bytes } from '../../i18n/sizes';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { TextArea } from '../../ui/TextArea';
import type { Chosen, Tray } from './tray';

export function TrayBar({ tray }: { tray: Tray }) {
  const t = useT();
  const [described, setDescribed] = useState<Chosen>();
  const failed = tray.chosen.find(({ state }) => state === 'failed');
  const unseen = tray.chosen.find(({ unseen }) => unseen);
  return (
    <div className="border-line border-b px-3 pt-3 pb-2">
      <ul aria-label={t('media.chosen')} className="flex gap-2 overflow-x-auto pb-1">
        {tray.chosen.map((one) => (
          <li key={one.blob} className="relative shrink-0">
            <Preview one={one} />
            <button
              type="button"
              aria-label={t('media.remove', { name: one.source.name })}
              onClick={() => tray.remove([one])}
              className="absolute end-1 top-1 inline-flex size-6 items-center justify-center rounded-full bg-scrim text-on-scrim"
            >
              <X size={14} aria-hidden />
            </button>
            {one.about?.kind === 'image' && (
              <button
                type="button"
                aria-label={t('media.describe', { name: one.source.name })}
                title={t('media.describe_short')}
                onClick={() => setDescribed(one)}
                className={`absolute start-1 bottom-1 inline-flex size-6 items-center justify-center rounded-full ${one.about.description ? 'bg-accent text-accent-ink' : 'bg-scrim text-on-scrim'}`}
              >
                <Captions size={14} aria-hidden />
              </button>
            )}
          </li>
        ))}
      </ul>
      {failed?.failure && (
        <p role="alert" className="pt-1 text-danger text-meta">
          {failed.source.name}: {failureText(failed.failure)}
        </p>
      )}
      {!failed && unseen && (
        <p className="pt-1 text-ink-2 text-meta">{t('media.unseen', { name: unseen.source.name })}</p>
      )}
      {described && (
        <DescribeDialog
          one={described}
          onDone={(text) => {
            tray.describe(described, text);
            setDescribed(undefined);
          }}
          onClose={() => setDescribed(undefined)}
        />
      )}
    </div>
  );
}

function Preview({ one }: { one: Chosen }) {
  const busy = one.state === 'preparing' ? 'animate-breathe' : '';
  if (one.preview) {
    return (
      <img
        src={one.preview}
        alt={one.source.name}
        className={`size-20 rounded-control object-cover ${busy}`}
      />
    );
  }
  const kind = one.about?.kind;
  const Icon = kind === 'video' ? Film : kind === 'audio' ? Music : FileIcon;
  return (
    <span
      className={`flex h-20 w-40 flex-col justify-between rounded-control bg-hover p-2.5 ${busy} ${one.state === 'failed' ? 'text-danger' : ''}`}
    >
      <Icon size={20} aria-hidden />
      <span className="flex min-w-0 flex-col">
        <span dir="auto" className="truncate pe-1 text-meta">
          {one.source.name}
        </span>
        <span className="text-ink-2 text-micro tabular-nums">{bytes(one.source.size)}</span>
      </span>
    </span>
  );
}

interface DescribeDialogProps {
  one: Chosen;
  onDone: (text: string) => void;
  onClose: () => void;
}

function DescribeDialog({ one, onDone, onClose }: DescribeDialogProps) {
  const t = useT();
  const [text, setText] = useState(one.about?.description ?? '');
  return (
    <Dialog
      title={t('media.describe_title')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <Button onClick={() => onDone(text)}>{t('media.describe_done')}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {one.preview && <img src={one.preview} alt="" className="max-h-56 self-center rounded-control" />}
        <TextArea
          label={t('media.describe_label')}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
    </Dialog>
  );
}
