/** The picture of a person or a group, to be chosen, changed and taken away. */
import { Camera, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { useT } from '../../i18n';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { CropDialog } from './CropDialog';
import type { CutPicture } from './crop';

interface PictureFieldProps {
  /** Of the account or the conversation. */
  id: string;
  name: string;
  /** Names the one that there is. */
  picture: string | null;
  /** What it is to be; null to have none, undefined to leave it. */
  change: CutPicture | null | undefined;
  limit: number;
  onChange: (change: CutPicture | null) => void;
}

export function PictureField({ id, name, picture, change, limit, onChange }: PictureFieldProps) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const there = change === undefined ? picture !== null : change !== null;
  return (
    <div className="flex flex-wrap items-center gap-4">
      <Avatar
        id={id}
        name={name}
        size="huge"
        picture={change === undefined ? picture : null}
        preview={change?.preview}
      />
      <div className="flex min-w-0 flex-1 flex-col items-start gap-1">
        <input
          ref={input}
          type="file"
          accept="image/*"
          aria-label={t('picture.file')}
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            setFile(event.target.files?.[0]);
            // The same file may be chosen again.
            event.target.value = '';
          }}
        />
        <Button look="outline" icon={<Camera size={17} aria-hidden />} onClick={() => input.current?.click()}>
          {t(there ? 'picture.change' : 'picture.choose')}
        </Button>
        {there && (
          <Button
            look="quiet"
            className="text-danger! hover:bg-danger-soft!"
            icon={<Trash2 size={17} aria-hidden />}
            onClick={() => onChange(null)}
          >
            {t('picture.remove')}
          </Button>
        )}
      </div>
      {file && (
        <CropDialog
          file={file}
          limit={limit}
          onClose={() => setFile(undefined)}
          onDone={(cutPicture) => {
            setFile(undefined);
            onChange(cutPicture);
          }}
        />
      )}
    </div>
  );
}
