/** A photo, unless the test says otherwise. */
import type { Attachment } from '../sdk/types';

export function attachment(more: Partial<Attachment> = {}): Attachment {
  return {
    blob: 'photo',
    kind: 'image',
    name: 'photo.jpg',
    content_type: 'image/jpeg',
    size: 1000,
    width: 800,
    height: 600,
    thumbhash: null,
    duration: null,
    waveform: [],
    description: '',
    state: { state: 'here' },
    ...more,
  };
}
