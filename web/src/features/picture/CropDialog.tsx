/** Chooses the square of a picture that is shown: dragged, zoomed, or moved by arrow keys. */
import { ZoomIn } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { type Crop, type CutPicture, cut, draw, inside, readPicture, WHOLE } from './crop';

/** Pixels of the canvas, and the part of the square that an arrow key moves by. */
const SIDE = 512;
const STEP = 0.05;

interface CropDialogProps {
  file: Blob;
  limit: number;
  onDone: (picture: CutPicture) => void;
  onClose: () => void;
}

export function CropDialog({ file, limit, onDone, onClose }: CropDialogProps) {
  const t = useT();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [image, setImage] = useState<ImageBitmap>();
  const [crop, setCrop] = useState<Crop>(WHOLE);
  const [problem, setProblem] = useState<'picture.unreadable' | 'picture.too_large'>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let current = true;
    readPicture(file).then(
      (read) => current && setImage(read),
      () => current && setProblem('picture.unreadable'),
    );
    return () => {
      current = false;
    };
  }, [file]);

  useEffect(() => {
    if (image && canvas.current) draw(canvas.current, image, crop);
  }, [image, crop]);

  /** Moves the square, by parts of its own side. */
  function move(x: number, y: number) {
    if (!image) return;
    const side = Math.min(image.width, image.height) / crop.zoom;
    const moved = { ...crop, x: crop.x + (x * side) / image.width, y: crop.y + (y * side) / image.height };
    setCrop(inside(moved, image));
  }

  function onPointerMove(event: PointerEvent<HTMLElement>) {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const width = event.currentTarget.clientWidth;
    move(-event.movementX / width, -event.movementY / width);
  }

  function onKeyDown(event: KeyboardEvent) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ] ?? [0, 0];
    if (!x && !y) return;
    event.preventDefault();
    move((x ?? 0) * STEP, (y ?? 0) * STEP);
  }

  async function done() {
    if (!image) return;
    setBusy(true);
    const picture = await cut(image, crop, limit);
    setBusy(false);
    if (picture) onDone(picture);
    else setProblem('picture.too_large');
  }

  return (
    <Dialog
      title={t('picture.crop')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <Button busy={busy} disabled={!image} onClick={done}>
            {t('picture.use')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col items-center gap-4">
        {problem && <Callout kind="error">{t(problem)}</Callout>}
        {/* biome-ignore lint/a11y/useSemanticElements: a picture that is moved is no set of fields */}
        <div
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move what is in it
          tabIndex={0}
          aria-label={t('picture.position')}
          onKeyDown={onKeyDown}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={onPointerMove}
          className="size-64 max-w-full cursor-grab touch-none overflow-hidden rounded-full bg-badge active:cursor-grabbing"
        >
          <canvas ref={canvas} width={SIDE} height={SIDE} className="size-full" />
        </div>
        <label className="flex w-64 max-w-full items-center gap-3 text-ink-2">
          <ZoomIn size={18} aria-hidden className="shrink-0" />
          <span className="sr-only">{t('picture.zoom')}</span>
          <input
            type="range"
            min={1}
            max={5}
            step={0.05}
            value={crop.zoom}
            disabled={!image}
            onChange={(event) =>
              image && setCrop(inside({ ...crop, zoom: Number(event.target.value) }, image))
            }
            className="min-w-0 flex-1 accent-accent"
          />
        </label>
        <p className="text-center text-ink-2 text-meta">{t('picture.crop_hint')}</p>
      </div>
    </Dialog>
  );
}
