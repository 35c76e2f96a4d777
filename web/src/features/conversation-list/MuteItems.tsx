import { BellOff } from 'lucide-react';
import { useT } from '../../i18n';
import { MenuItem } from '../../ui/Menu';
import { MUTES, mutedUntil, useArrange } from './arrange';

/** For how long a chat may be muted, in a menu. */
export function MuteItems({ conversation, onClose }: { conversation: string; onClose: () => void }) {
  const t = useT();
  const { arrange } = useArrange();
  return MUTES.map((duration) => (
    <MenuItem
      key={duration}
      icon={BellOff}
      onSelect={() => {
        void arrange(conversation, { arrange: 'mute', until: mutedUntil(duration) });
        onClose();
      }}
    >
      {t(`mute.${duration}`)}
    </MenuItem>
  ));
}
