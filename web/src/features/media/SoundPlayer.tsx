/** A voice message or other sound of a message, read when it is to be heard. */
import { useState } from 'react';
import type { Attachment } from '../../sdk/types';
import { isMessage, type MessageItem, useConversation } from '../conversation/context';
import { usePlayed } from './address';
import { VoicePlayer } from './VoicePlayer';

interface SoundPlayerProps {
  attachment: Attachment;
  item: MessageItem;
  own: boolean;
}

export function SoundPlayer({ attachment, item, own }: SoundPlayerProps) {
  const [asked, setAsked] = useState(false);
  const { shown } = useConversation();
  const address = usePlayed(attachment, asked);

  /** The voice message after it in the chat. */
  function next(): string | undefined {
    if (attachment.kind !== 'voice') return undefined;
    const voices = shown.current
      .filter(isMessage)
      .flatMap(({ content }) => content.attachments.filter(({ kind }) => kind === 'voice'));
    const at = voices.findIndex(({ blob }) => blob === attachment.blob);
    return at < 0 ? undefined : voices[at + 1]?.blob;
  }

  return (
    <div className="px-1.5">
      <VoicePlayer
        attachment={attachment}
        address={address}
        onAsk={() => setAsked(true)}
        sender={item.content.sender.display_name}
        own={own}
        next={next}
      />
    </div>
  );
}
