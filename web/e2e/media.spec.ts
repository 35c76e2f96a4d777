/** Photos, voice, videos and files, with two people and a second device. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { look } from './look';
import { expect, type Person, test } from './people';

const MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** Drops pictures that the page paints, landscapes of so many colours, onto the window. */
async function dropPhotos(person: Person, count: number): Promise<void> {
  await person.page.evaluate(async (count) => {
    const transfer = new DataTransfer();
    for (let number = 0; number < count; number++) {
      const canvas = new OffscreenCanvas(1600, 1200);
      const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
      const hue = (number * 67 + 190) % 360;
      const sky = context.createLinearGradient(0, 0, 0, 1200);
      sky.addColorStop(0, `hsl(${hue} 60% 62%)`);
      sky.addColorStop(1, `hsl(${(hue + 40) % 360} 55% 84%)`);
      context.fillStyle = sky;
      context.fillRect(0, 0, 1600, 1200);
      for (let ridge = 0; ridge < 4; ridge++) {
        context.fillStyle = `hsl(${hue} 30% ${52 - ridge * 11}%)`;
        context.beginPath();
        context.moveTo(0, 1200);
        for (let x = 0; x <= 1600; x += 20) {
          context.lineTo(x, 640 + ridge * 130 + Math.sin(x / (90 + ridge * 40) + number + ridge * 2) * 80);
        }
        context.lineTo(1600, 1200);
        context.fill();
      }
      const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
      transfer.items.add(new File([blob], `lake-${number + 1}.jpg`, { type: 'image/jpeg' }));
    }
    const at = { dataTransfer: transfer, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new DragEvent('dragenter', at));
    document.body.dispatchEvent(new DragEvent('drop', at));
  }, count);
}

/** Whether a picture is on the screen and not its shadow only. */
async function isDrawn(picture: Locator): Promise<void> {
  await expect(picture.locator('img[src^="blob:"]')).toHaveJSProperty('complete', true);
  expect(
    await picture.locator('img[src^="blob:"]').evaluate((image: HTMLImageElement) => image.naturalWidth),
  ).toBe(1600);
}

test('five photos with a caption are dropped, seen by the other and on a second device, and looked at', async ({
  meet,
  arrive,
}) => {
  test.setTimeout(240_000);
  const [[mara, jonas], laptop] = await Promise.all([meet('Mara', 'Jonas'), arrive()]);
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'We are back');
  await jonas.accept(hers);
  await laptop.signIn(his);
  await laptop.chat(hers).click();
  await expect(laptop.composer(hers)).toBeVisible();

  await dropPhotos(mara, 5);
  const chosen = mara.page.getByRole('list', { name: 'To be sent' });
  await expect(chosen.getByRole('img')).toHaveCount(5);
  await mara.button('Describe lake-1.jpg').click();
  await mara.field('What it shows, for those who do not see it').fill('The lake at dawn');
  await mara.button('Done').click();
  await look(mara.page, 'media-tray');
  await mara.composer(his).fill('Five from the lake');
  await mara.composer(his).press('Enter');
  for (const person of [mara, jonas, laptop]) {
    await person.sees('Five from the lake');
    const message = person.message('Five from the lake');
    await expect(message.getByRole('button', { name: /^(Photo from|The lake at dawn)/ })).toHaveCount(4);
    await isDrawn(message.getByRole('button', { name: 'The lake at dawn' }));
  }
  await look(jonas.page, 'media-album');
  await jonas.message('Five from the lake').getByRole('button', { name: 'The lake at dawn' }).click();
  const viewer = jonas.page.getByRole('dialog', { name: 'Photos and videos' });
  await expect(viewer.getByRole('status')).toContainText('1 of 5. The lake at dawn');
  await jonas.page.keyboard.press('ArrowRight');
  await expect(viewer.getByRole('status')).toContainText('2 of 5');
  await isDrawn(viewer.locator('.touch-none'));
  await look(jonas.page, 'media-viewer');
  await jonas.page.keyboard.press('Escape');
  await expect(viewer).toHaveCount(0);

  // What was seen is there without a network, and after a reload.
  await jonas.context.setOffline(true);
  await jonas.page.reload();
  await isDrawn(jonas.message('Five from the lake').getByRole('button', { name: 'The lake at dawn' }));
  await jonas.context.setOffline(false);

  await mara.choose('Five from the lake', 'Delete');
  await mara.button('Delete for everyone').click();
  for (const person of [mara, jonas, laptop]) {
    await expect(person.log.getByRole('button', { name: 'The lake at dawn' })).toHaveCount(0);
  }
});

test('a large file arrives whole though the server is killed and the sender is offline', async ({
  meet,
  server,
}) => {
  test.setTimeout(300_000);
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'The film comes');
  await jonas.accept(hers);
  const bytes = Buffer.alloc(200 * 1024 * 1024);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((at * 2654435761) >>> 0, at);
  // The runner passes at most 50 MB by itself.
  const folder = await mkdtemp(join(tmpdir(), 'sealpost-file-'));
  const path = join(folder, 'film.bin');
  await writeFile(path, bytes);
  await mara.page.getByTestId('files').setInputFiles(path);
  await mara.composer(his).fill('Here it is');
  await expect(mara.button('Send')).toBeEnabled({ timeout: 120_000 });
  await mara.composer(his).press('Enter');
  const sending = mara.message('Here it is').getByRole('img', { name: /^Sending, / });
  await expect(sending).toHaveAccessibleName(/Sending, [1-9]/, { timeout: 60_000 });
  await server.kill();
  await server.start();
  await expect(sending).toHaveAccessibleName(/Sending, ([3-9]\d)%/, { timeout: 120_000 });
  await mara.context.setOffline(true);
  await mara.send(his, 'Sent while it waits').catch(() => {});
  await mara.page.reload();
  await mara.context.setOffline(false);
  await jonas.sees('Sent while it waits');
  await expect(jonas.message('Here it is')).toBeVisible({ timeout: 120_000 });
  const saved = jonas.page.waitForEvent('download');
  await jonas
    .message('Here it is')
    .getByRole('button', { name: /^Download film.bin/ })
    .click();
  const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  expect(hash(await readFile(await (await saved).path()))).toBe(hash(bytes));
  await rm(folder, { recursive: true });
});

test('a voice message is recorded, listened to and played, one after the other', async ({ arrive, meet }) => {
  const [[jonas], mara] = await Promise.all([meet('Jonas'), arrive(MICROPHONE)]);
  await mara.signUp(`Mara${process.pid % 1000}v`);
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'Listen');
  await jonas.accept(hers);
  for (const _ of [1, 2]) {
    await mara.button('Record a voice message').click();
    const recorder = mara.page.locator('form').getByRole('group', { name: 'Voice message' });
    await expect(recorder.getByText('0:02')).toBeVisible();
    await mara.button('Pause recording').click();
    await recorder.getByRole('button', { name: 'Play' }).click();
    await mara.button('Send voice message').click();
    await expect(mara.button('Record a voice message')).toBeVisible();
  }
  const played = jonas.log.getByRole('button', { name: 'Play' });
  await expect(played).toHaveCount(2);
  await look(jonas.page, 'media-voice');
  await played.first().click();
  // The second follows by itself.
  const pause = jonas.log.getByRole('button', { name: 'Pause' });
  await expect(pause).toHaveCount(1);
  await expect(jonas.log.getByRole('article').last().getByRole('button', { name: 'Pause' })).toBeVisible();
  await jonas.log.getByRole('button', { name: 'Speed 1×' }).click();
  await expect(jonas.log.getByRole('button', { name: 'Speed 1.5×' })).toBeVisible();
  await expect(pause).toHaveCount(0);
});

test('a video plays from where it is wound to as it comes, and a page that runs scripts is only saved', async ({
  meet,
}) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'Watch');
  await jonas.accept(hers);
  await mara.page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 360];
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
    const pieces: Blob[] = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.start();
    await new Promise<void>((resume) => {
      let frame = 0;
      const timer = setInterval(() => {
        context.fillStyle = `hsl(${(frame * 4) % 360} 60% 50%)`;
        context.fillRect(0, 0, 640, 360);
        frame += 1;
        if (frame < 75) return;
        clearInterval(timer);
        recorder.onstop = () => resume();
        recorder.stop();
      }, 40);
    });
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Blob(pieces)], 'walk.webm', { type: 'video/webm' }));
    const script = '<script>parent.document.title = "run"</script>';
    transfer.items.add(new File([script], 'page.html', { type: 'text/html' }));
    const at = { dataTransfer: transfer, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new DragEvent('drop', at));
  });
  await mara.composer(his).fill('A walk');
  await expect(mara.button('Send')).toBeEnabled();
  await mara.composer(his).press('Enter');
  const message = jonas.message('A walk');
  await expect(message.getByRole('button', { name: /^Download page.html/ })).toBeVisible();
  await message.getByRole('button', { name: /^Video from/ }).click();
  const video = jonas.page.getByRole('dialog').locator('video');
  await expect(video).toHaveAttribute('src', /^\/media\//);
  await expect
    .poll(() => video.evaluate((video: HTMLVideoElement) => video.currentTime))
    .toBeGreaterThan(0.2);
  await video.evaluate((video: HTMLVideoElement) => {
    video.currentTime = 2;
  });
  await expect.poll(() => video.evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(2);
  await jonas.page.keyboard.press('Escape');

  const saved = jonas.page.waitForEvent('download');
  await message.getByRole('button', { name: /^Download page.html/ }).click();
  expect((await saved).suggestedFilename()).toBe('page.html');
  const served = await jonas.page.evaluate(async () => {
    const [address] = performance
      .getEntriesByType('resource')
      .flatMap(({ name }) => (name.includes('/media/') ? name : []));
    const response = await fetch(address ?? '');
    return [response.headers.get('content-type'), response.headers.get('content-security-policy')];
  });
  expect(served).toEqual(['video/webm', "sandbox; default-src 'none'"]);
});
