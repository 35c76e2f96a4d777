/** Looks for a QR code with the camera. */
import { useEffect, useRef, useState } from 'react';
import { useT } from '../i18n';
import { Callout } from './Callout';

/** How often a picture is looked at, in milliseconds, and how large its longer side is then. */
const LOOK_EVERY = 150;
const SIDE_MAX = 800;

interface ScannerProps {
  /** Called with each code that it reads, once until it sees another. */
  onCode: (text: string) => void;
  /** What was read is being looked at: nothing else is read meanwhile. */
  busy: boolean;
  /** Said where there is no camera, or none that may be used: what to do instead. */
  without: string;
}

export function Scanner({ onCode, busy, without }: ScannerProps) {
  const t = useT();
  const video = useRef<HTMLVideoElement>(null);
  const last = useRef('');
  const found = useRef<(text: string) => void>(undefined);
  found.current = (text) => {
    if (busy || text === last.current) return;
    last.current = text;
    onCode(text);
  };
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const shown = video.current;
    if (!shown) return;
    const ended = new AbortController();
    scan(shown, (text) => found.current?.(text), ended.signal).catch(() => {
      if (!ended.signal.aborted) setFailed(true);
    });
    return () => ended.abort();
  }, []);

  if (failed) return <Callout kind="note">{without}</Callout>;
  return (
    <div className="relative mx-auto aspect-square w-full max-w-72 overflow-hidden rounded-bubble bg-ink">
      <video
        ref={video}
        muted
        playsInline
        aria-label={t('scanner.camera')}
        className="size-full object-cover"
      />
      <div aria-hidden className="absolute inset-8 rounded-bubble border-2 border-white/80" />
    </div>
  );
}

async function scan(
  video: HTMLVideoElement,
  found: (text: string) => void,
  ended: AbortSignal,
): Promise<void> {
  const { decodeQR } = await import('qr/decode.js');
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (ended.aborted) return stop();
  ended.addEventListener('abort', stop);
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  while (context && !ended.aborted) {
    const text = read(video, canvas, context, decodeQR);
    if (text) found(text);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

type Decode = (image: { width: number; height: number; data: Uint8ClampedArray }) => string;

function read(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  decode: Decode,
): string | undefined {
  const part = Math.min(1, SIDE_MAX / Math.max(video.videoWidth, video.videoHeight, 1));
  const [width, height] = [Math.round(video.videoWidth * part), Math.round(video.videoHeight * part)];
  if (width === 0 || height === 0) return undefined;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.drawImage(video, 0, 0, width, height);
  try {
    return decode({ width, height, data: context.getImageData(0, 0, width, height).data });
  } catch {
    // There is none in this picture.
    return undefined;
  }
}
