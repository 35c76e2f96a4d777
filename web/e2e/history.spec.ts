/** What was said before a device came: from the server, where only the person's own devices can open it; and what is exported. */
import { readFile } from 'node:fs/promises';
import { look } from './look';
import { called, expect, type Person, test } from './people';

const KEPT = 'Everything on this device is kept.';

/** Waits until all that is on this device is in the history, and goes back to a chat. */
async function isKept(person: Person, chat: string): Promise<void> {
  await person.openSettings();
  await expect(person.page.getByText(KEPT)).toBeVisible();
  await person.chat(chat).click();
  await expect(person.composer(chat)).toBeVisible();
}

/** Someone with a phone and a laptop, on which they have chatted for a while, and their recovery code. */
async function chatted(phone: Person, laptop: Person, jonas: Person, hers: string): Promise<string> {
  const his = jonas.name;
  const code = await phone.signUp(hers);
  await phone.startChat(his);
  await phone.send(his, 'The ferry leaves at nine from pier four');
  await jonas.accept(hers);
  await jonas.sees('The ferry leaves at nine from pier four');
  for (let number = 1; number <= 60; number++) {
    await jonas.composer(hers).fill(`Stop number ${number}`);
    await jonas.composer(hers).press('Enter');
  }
  await phone.sees('Stop number 60');
  await phone.choose('Stop number 60', 'Reply');
  await phone.send(his, 'That is the last one');
  await laptop.signIn(hers);
  await laptop.chat(his).click();
  await laptop.sees('That is the last one');
  await laptop.send(his, 'Seen on the laptop');
  await phone.sees('Seen on the laptop');
  for (const device of [phone, laptop]) await isKept(device, his);
  return code;
}

/** Has the newest messages in a moment, and finds the oldest one. */
async function hasEverything(device: Person, his: string, began: number): Promise<void> {
  await device.chat(his).click();
  await device.sees('Seen on the laptop');
  console.log(`newest messages after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await device.sees('That is the last one');
  await device.page.keyboard.press('Control+k');
  await device.page.keyboard.type('pier four');
  await device.page.getByRole('option', { name: /The ferry leaves at nine/ }).click();
  await expect(device.message('The ferry leaves at nine')).toBeInViewport();
  await expect(device.log.getByText(/This device joined/)).toHaveCount(0);
}

test('who lost all devices has everything on the next one, with the password or the recovery code', async ({
  meet,
  arrive,
}) => {
  test.setTimeout(120_000);
  const [[jonas], phone, laptop] = await Promise.all([meet('Jonas'), arrive(), arrive()]);
  const hers = called('Mara');
  const code = await chatted(phone, laptop, jonas, hers);
  await Promise.all([phone.leaves(), laptop.leaves()]);

  const tablet = await arrive();
  let began = performance.now();
  await tablet.signIn(hers);
  await hasEverything(tablet, jonas.name, began);
  await tablet.leaves();

  const desktop = await arrive();
  await desktop.page.getByRole('link', { name: 'Use your recovery code' }).click();
  await desktop.field('Username').fill(hers.toLowerCase());
  await desktop.field('Recovery code').fill(code);
  await desktop.field('New password').fill('another harbour teapot 92');
  began = performance.now();
  await desktop.button('Set password and sign in').click();
  await hasEverything(desktop, jonas.name, began);
});

test('a history is turned off and on again', async ({ meet, arrive }) => {
  const [[mara, jonas], phone] = await Promise.all([meet('Mara', 'Jonas'), arrive()]);
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, 'Only for now');
  await jonas.accept(mara.name);
  await isKept(mara, jonas.name);
  await mara.openSettings();
  const keep = mara.page.getByRole('switch', { name: 'Keep my history on the server' });
  await keep.scrollIntoViewIfNeeded();
  await look(mara.page, 'settings-history');
  await keep.click();
  await look(mara.page, 'dialog-erase-history');
  await mara.confirm('Erase history');
  await expect(keep).not.toBeChecked();
  await expect(mara.page.getByText(KEPT)).toHaveCount(0);

  await phone.signIn(mara.name);
  await phone.chat(jonas.name).click();
  await jonas.send(mara.name, 'Are you there?');
  await phone.sees('Are you there?');
  await expect(phone.log.getByText('Only for now')).toHaveCount(0);
  await phone.openSettings();
  await expect(phone.page.getByRole('switch', { name: 'Keep my history on the server' })).not.toBeChecked();
  await keep.click();
  await expect(mara.page.getByText(KEPT)).toBeVisible();
  await phone.chat(jonas.name).click();
  await phone.sees('Only for now');
});

/** Exports as it is asked in the dialog that is open, to a file. */
async function exportAs(person: Person, form: string, path: string): Promise<void> {
  const dialog = person.page.getByRole('dialog', { name: /^Export/ });
  await dialog.getByText(form, { exact: true }).click();
  const saving = person.page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await (await saving).saveAs(path);
  await expect(dialog.getByText(/entries are in sealpost-/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toHaveCount(0);
}

test('chats are exported as data and as a page, without a network', async ({ meet }, info) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [json, html] = [info.outputPath('chats.json'), info.outputPath('chats.html')];
  const hostile = '<img src=x onerror="document.title = 1"> is no picture';
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, hostile);
  await jonas.accept(mara.name);
  await jonas.composer(mara.name).fill('Keep **this**');
  await jonas.composer(mara.name).press('Enter');
  await mara.sees('this');
  await mara.context.setOffline(true);

  await mara.openSettings();
  await mara.button('Export chats').click();
  await expect(mara.page.getByText(/The file is not encrypted/)).toBeVisible();
  await look(mara.page, 'dialog-export');
  await exportAs(mara, 'Data (JSON)', json);
  const data = JSON.parse(await readFile(json, 'utf8'));
  expect([data.format, data.version, data.chats.length]).toEqual(['sealpost-export', 1, 1]);
  const said = data.chats[0].messages.filter(({ type }: { type: string }) => type === 'message');
  const texts = said.map(({ text, author }: { text: string; author: { display_name: string } }) => [
    author.display_name,
    text,
  ]);
  expect(texts).toEqual([
    [mara.name, hostile],
    [jonas.name, 'Keep **this**'],
  ]);

  await mara.chat(jonas.name).click();
  await mara.openDetails();
  await mara.button('Export chat').click();
  await exportAs(mara, 'Page to read (HTML)', html);
  const page = await mara.context.newPage();
  await page.goto(`file://${html}`);
  await expect(page.getByRole('heading', { name: jonas.name })).toBeVisible();
  await expect(page.getByText(hostile)).toBeVisible();
  await expect(page.getByRole('article').filter({ hasText: 'Keep this' }).locator('strong')).toHaveText(
    'this',
  );
  await expect(page).toHaveTitle('Sealpost chats');
  // Its own styles count, by the page's own policy.
  await expect(page.locator('section')).toHaveCSS('border-radius', '18px');
  await look(page, 'exported-page');
});
