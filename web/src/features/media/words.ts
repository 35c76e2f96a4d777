/** What attachments are called where there is no room to show them. */
import type { MessageId, Translate } from '../../i18n';
import type { Attachment, AttachmentKind } from '../../sdk/types';

const WORDS: Record<AttachmentKind, MessageId> = {
  image: 'media.photo',
  video: 'media.video',
  voice: 'media.voice',
  audio: 'media.audio',
  file: 'media.file_one',
};

/** A text, or what it is said of if it is empty. */
export function textOrMedia(text: string, media: AttachmentKind | null, t: Translate): string {
  return text || (media ? t(WORDS[media]) : '');
}

/** Whether it is looked at rather than heard or saved. */
export function isSeen({ kind }: Attachment): boolean {
  return kind === 'image' || kind === 'video';
}
