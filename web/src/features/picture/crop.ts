/** Cutting a square out of a picture and making it small enough to be sent. */

/** Bytes that a picture of a group, or of a person, may have. */
export const GROUP_LIMIT = 32 * 1024;
export const PERSON_LIMIT = 48 * 1024;

/** Tried in turn until the result is small enough. */
const SIDES = [256, 192, 128, 96];
const QUALITIES = [0.86, 0.72, 0.58, 0.44];
const FORMATS = ['image/webp', 'image/jpeg'];

/** Which square: its middle, in parts of the picture, and how many times it fits into the shorter side. */
export interface Crop {
  x: number;
  y: number;
  zoom: number;
}

export const WHOLE: Crop = { x: 0.5, y: 0.5, zoom: 1 };

/** A picture that is ready: for the command, and to be shown. */
export interface CutPicture {
  /** In base64url. */
  data: string;
  /** As a `data:` address. */
  preview: string;
}

export async function readPicture(file: Blob): Promise<ImageBitmap> {
  return createImageBitmap(file, { imageOrientation: 'from-image' });
}

/** Keeps the square inside the picture. */
export function inside(crop: Crop, { width, height }: { width: number; height: number }): Crop {
  const zoom = Math.min(Math.max(crop.zoom, 1), 5);
  const side = Math.min(width, height) / zoom;
  const keep = (at: number, length: number) =>
    Math.min(Math.max(at, side / 2 / length), 1 - side / 2 / length);
  return { x: keep(crop.x, width), y: keep(crop.y, height), zoom };
}

export function draw(canvas: HTMLCanvasElement, image: ImageBitmap, crop: Crop): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const side = Math.min(image.width, image.height) / crop.zoom;
  context.imageSmoothingQuality = 'high';
  // What was clear has a ground, so that it looks the same in light and dark.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const left = crop.x * image.width - side / 2;
  const top = crop.y * image.height - side / 2;
  context.drawImage(image, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

/** The square as a small file; nothing if it cannot be made small enough. */
export async function cut(image: ImageBitmap, crop: Crop, limit: number): Promise<CutPicture | undefined> {
  const canvas = document.createElement('canvas');
  for (const side of SIDES) {
    canvas.width = side;
    canvas.height = side;
    draw(canvas, image, crop);
    for (const quality of QUALITIES) {
      for (const format of FORMATS) {
        const blob = await new Promise<Blob | null>((give) => canvas.toBlob(give, format, quality));
        // A browser that cannot write a format writes PNG.
        if (blob && blob.type === format && blob.size <= limit) return packed(blob);
      }
    }
  }
  return undefined;
}

async function packed(blob: Blob): Promise<CutPicture> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  const base64 = btoa(text);
  const data = base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return { data, preview: `data:${blob.type};base64,${base64}` };
}
