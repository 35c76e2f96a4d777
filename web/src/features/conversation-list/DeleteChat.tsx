import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import { useCommand } from '../../sdk/store';
import { ConfirmDialog } from '../../ui/ConfirmDialog';

interface DeleteChatProps {
  conversation: string;
  name: string;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Asks before a chat is deleted from all of this person's devices. */
export function DeleteChat({ conversation, name, onClose, onDeleted }: DeleteChatProps) {
  const t = useT();
  const run = useCommand();
  const [path, navigate] = useLocation();
  return (
    <ConfirmDialog
      title={t('delete_chat.title')}
      text={t('delete_chat.text', { name })}
      action={t('delete_chat.confirm')}
      run={() => run({ command: 'delete_conversation', conversation })}
      onDone={() => {
        onClose();
        onDeleted?.();
        if (path === `/c/${conversation}`) navigate('/');
      }}
      onCancel={onClose}
    />
  );
}
