/** Chooses files to be sent: photos and videos at a sensible size or as they are, or anything. */
import { File as FileIcon, Image, ImageUp, Paperclip } from 'lucide-react';
import { useRef, useState } from 'react';
import { useT } from '../../i18n';
import { IconButton } from '../../ui/Button';
import { Menu, MenuItem, type MenuPlace } from '../../ui/Menu';

/** What is seen or heard, as browsers name it. */
const SEEN = 'image/*,video/*';

export function AttachMenu({ onFiles }: { onFiles: (files: File[], original: boolean) => void }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const original = useRef(false);
  const [place, setPlace] = useState<MenuPlace>();

  function choose(accept: string, whole: boolean) {
    setPlace(undefined);
    original.current = whole;
    if (!input.current) return;
    input.current.accept = accept;
    input.current.click();
  }

  return (
    <>
      <IconButton
        label={t('media.attach')}
        aria-haspopup="menu"
        aria-expanded={place !== undefined}
        onClick={(event) => setPlace(event.currentTarget.getBoundingClientRect())}
        className="mb-1.5 rounded-full!"
      >
        <Paperclip size={19} aria-hidden />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="files"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])], original.current);
          currentTarget.value = '';
        }}
      />
      {place && (
        <Menu label={t('media.attach')} place={place} onClose={() => setPlace(undefined)}>
          <MenuItem icon={Image} onSelect={() => choose(SEEN, false)}>
            {t('media.photos')}
          </MenuItem>
          <MenuItem icon={ImageUp} onSelect={() => choose(SEEN, true)}>
            {t('media.photos_original')}
          </MenuItem>
          <MenuItem icon={FileIcon} onSelect={() => choose('', false)}>
            {t('media.file')}
          </MenuItem>
        </Menu>
      )}
    </>
  );
}
