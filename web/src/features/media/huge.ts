/** Pictures that would take more memory than a picture is worth: a small file can have any number of pixels. */

/** More are not decoded. */
const PIXELS_MAX = 100_000_000;
/** How long a browser may take to find out how large a picture is, in milliseconds. */
const PATIENCE = 10_000;

/** Rejects if a picture has too many pixels, or cannot be read. Browsers tell its size before they decode it. */
export async function refuseHuge(picture: Blob): Promise<void> {
  const address = URL.createObjectURL(picture);
  try {
    const image = new Image();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the browser takes too long')), PATIENCE);
      image.onload = () => resolve(clearTimeout(timer));
      image.onerror = () => reject(new Error('the browser cannot show it'));
      image.src = address;
    });
    if (image.naturalWidth * image.naturalHeight > PIXELS_MAX) throw new Error('too many pixels');
  } finally {
    URL.revokeObjectURL(address);
  }
}
