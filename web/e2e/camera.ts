/** A camera that shows what a story wants it to: Chromium reads its picture from a file when it is switched on. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { encodeQR } from 'qr';

/** Its picture is a square of so many pixels. */
const SIDE = 480;

export class Camera {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  static async make(): Promise<Camera> {
    return new Camera(join(await mkdtemp(join(tmpdir(), 'sealpost-camera-')), 'picture.y4m'));
  }

  /** What a browser is started with that has this camera. */
  get args(): string[] {
    return [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${this.#file}`,
    ];
  }

  /** Shows the QR code that another device shows. */
  async sees(code: Locator): Promise<void> {
    const size = Number((await code.getAttribute('viewBox'))?.split(' ')[2]);
    const path = (await code.locator('path').getAttribute('d')) ?? '';
    const dark = new Set([...path.matchAll(/M(\d+) (\d+)h/g)].map(([, x, y]) => `${x} ${y}`));
    await this.#draw(size, (x, y) => dark.has(`${x} ${y}`));
  }

  /** Shows a text as a QR code. */
  async reads(text: string): Promise<void> {
    const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 2 });
    await this.#draw(rows.length, (x, y) => rows[y]?.[x] ?? false);
  }

  /** Fills the picture with squares, so many in each direction. */
  async #draw(size: number, isDark: (x: number, y: number) => boolean): Promise<void> {
    const luma = Buffer.alloc(SIDE * SIDE, 235);
    const scale = Math.floor((SIDE * 0.8) / size);
    const edge = Math.floor((SIDE - size * scale) / 2);
    for (let y = 0; y < size * scale; y++) {
      for (let x = 0; x < size * scale; x++) {
        if (!isDark(Math.floor(x / scale), Math.floor(y / scale))) continue;
        luma[(y + edge) * SIDE + x + edge] = 16;
      }
    }
    const grey = Buffer.alloc((SIDE * SIDE) / 2, 128);
    const head = `YUV4MPEG2 W${SIDE} H${SIDE} F10:1 Ip A1:1 C420mpeg2\n`;
    await writeFile(this.#file, Buffer.concat([Buffer.from(`${head}FRAME\n`), luma, grey]));
  }
}
