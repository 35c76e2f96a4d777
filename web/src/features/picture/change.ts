import type { PictureChange } from '../../sdk/types';
import type { CutPicture } from './crop';

/** What a command says about a picture: undefined leaves it, null takes it away. */
export function changeOf(picture: CutPicture | null | undefined): PictureChange | null {
  if (picture === undefined) return null;
  return picture ? { picture: 'set', data: picture.data } : { picture: 'remove' };
}
