/**
 * Makes of a chosen file what is sent: pictures are drawn anew at a sensible size, which leaves out where and by what they were
 * taken; of videos and sound it finds out how long they are. Browsers decode these, nobody else could.
 */
import { rgbaToThumbHash } from 'thumbhash';
import type { OutgoingFile } from '../../sdk/types';
import { refuseHuge } from './huge';
import type { RecordedVoice } from './recorder';

/** The longest side of a picture, unless its original size is wanted; in pixels. */
const LONGEST = 2048;
/** How long a browser may take to find out about a file, in milliseconds. */
const PATIENCE = 10_000;

/** What is said of a file, but for its id. */
export type About = Omit<OutgoingFile, 'blob'>;

export interface Prepared {
  file: Blob;
  about: About;
  /** It could not be looked at, and goes as it is. */
  unseen: boolean;
}

const PICTURES = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif', 'image/bmp']);

export async function prepare(file: File, original = false): Promise<Prepared> {
  const plain: About = {
    kind: 'file',
    name: file.name || 'file',
    content_type: file.type || 'application/octet-stream',
    width: null,
    height: null,
    thumbhash: null,
    duration: null,
    waveform: [],
    description: '',
  };
  const whole = { file, about: plain, unseen: false };
  try {
    if (PICTURES.has(file.type)) return await preparePicture(file, plain, original);
    if (file.type.startsWith('video/')) return { ...whole, about: await aboutVideo(file, plain) };
    if (file.type.startsWith('audio/')) return { ...whole, about: await aboutSound(file, plain) };
  } catch {
    return { ...whole, unseen: true };
  }
  return whole;
}

async function preparePicture(file: File, plain: About, original: boolean): Promise<Prepared> {
  await refuseHuge(file);
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const thumbhash = thumbhashOf(bitmap, bitmap.width, bitmap.height);
    const about: About = { ...plain, kind: 'image', thumbhash };
    if (file.type === 'image/gif' && (await isAnimated(file))) {
      return { file, about: { ...about, width: bitmap.width, height: bitmap.height }, unseen: false };
    }
    const scale = original ? 1 : Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) =>
      Math.max(1, Math.round(side * scale)),
    );
    const drawn = await draw(bitmap, width ?? 1, height ?? 1, original);
    const name = `${plain.name.replace(/\.[^.]*$/, '')}.${drawn.type.slice('image/'.length).replace('jpeg', 'jpg')}`;
    return {
      file: drawn,
      about: { ...about, name, content_type: drawn.type, width: width ?? 1, height: height ?? 1 },
      unseen: false,
    };
  } finally {
    bitmap.close();
  }
}

async function isAnimated(file: Blob): Promise<boolean> {
  if (!('ImageDecoder' in window)) return true;
  const decoder = new ImageDecoder({ data: await file.arrayBuffer(), type: file.type });
  await decoder.tracks.ready;
  const animated = decoder.tracks.selectedTrack?.animated ?? false;
  decoder.close();
  return animated;
}

/** JPEG, or PNG where something is transparent. */
async function draw(image: ImageBitmap, width: number, height: number, original: boolean): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  const type = isTransparent(image) ? 'image/png' : 'image/jpeg';
  return canvas.convertToBlob({ type, quality: original ? 0.95 : 0.85 });
}

/** Pixels of a small copy, at most 100 on a side. */
function small(image: CanvasImageSource, width: number, height: number): ImageData {
  const scale = Math.min(1, 100 / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, width * scale), Math.max(1, height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function isTransparent(image: ImageBitmap): boolean {
  const { data } = small(image, image.width, image.height);
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 255) < 255) return true;
  return false;
}

function thumbhashOf(image: CanvasImageSource, width: number, height: number): string {
  const pixels = small(image, width, height);
  return btoa(String.fromCharCode(...rgbaToThumbHash(pixels.width, pixels.height, pixels.data)));
}

/** Opens a video or sound, and closes it again. */
async function opened<E extends HTMLMediaElement, T>(
  element: E,
  file: Blob,
  read: (element: E) => Promise<T>,
): Promise<T> {
  const address = URL.createObjectURL(file);
  try {
    element.preload = 'auto';
    element.muted = true;
    const ready = happens(element, 'loadeddata');
    element.src = address;
    await ready;
    return await read(element);
  } finally {
    element.removeAttribute('src');
    URL.revokeObjectURL(address);
  }
}

function happens(element: HTMLMediaElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the browser takes too long')), PATIENCE);
    element.addEventListener(event, () => resolve(clearTimeout(timer)), { once: true });
    element.addEventListener('error', () => reject(new Error('the browser cannot play it')), { once: true });
  });
}

/** In milliseconds. What was just recorded does not know how long it is until it was wound to its end. */
async function durationOf(element: HTMLMediaElement): Promise<number | null> {
  if (element.duration === Number.POSITIVE_INFINITY) {
    const wound = happens(element, 'durationchange');
    element.currentTime = Number.MAX_SAFE_INTEGER;
    await wound;
  }
  return Number.isFinite(element.duration) ? Math.round(element.duration * 1000) : null;
}

function aboutVideo(file: File, plain: About): Promise<About> {
  return opened(document.createElement('video'), file, async (video) => ({
    ...plain,
    kind: 'video',
    width: video.videoWidth || null,
    height: video.videoHeight || null,
    thumbhash: thumbhashOf(video, video.videoWidth, video.videoHeight),
    duration: await durationOf(video),
  }));
}

function aboutSound(file: File, plain: About): Promise<About> {
  return opened(document.createElement('audio'), file, async (audio) => ({
    ...plain,
    kind: 'audio',
    duration: await durationOf(audio),
  }));
}

/** What is said of a voice message: how long it is, and how loud where. */
export function aboutVoice({ file, duration, waveform }: RecordedVoice): About {
  return {
    kind: 'voice',
    name: file.name,
    content_type: file.type,
    width: null,
    height: null,
    thumbhash: null,
    duration,
    waveform,
    description: '',
  };
}
