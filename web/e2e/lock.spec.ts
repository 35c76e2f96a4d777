/** A device that opens with a PIN: what is on the screen and on the disk while it is locked, in one tab and in two. */
import type { Page } from '@playwright/test';
import { look } from './look';
import { expect, type Person, test } from './people';

const PIN = '481516';

interface Kept {
  wrapping: CryptoKey;
  iv: Uint8Array<ArrayBuffer>;
  wrapped: ArrayBuffer;
}

/** What the browser's own key alone makes of what is kept on the disk. */
function unwrapped(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const opening = indexedDB.open('sealpost-keys');
    await new Promise((resume) => {
      opening.onsuccess = resume;
    });
    const asking = opening.result.transaction('keys').objectStore('keys').get('database');
    await new Promise((resume) => {
      asking.onsuccess = resume;
    });
    opening.result.close();
    const { wrapping, iv, wrapped } = asking.result as Kept;
    return [...new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, wrapping, wrapped))];
  });
}

function pinField(page: Page) {
  return page.getByLabel('PIN or passphrase', { exact: true });
}

async function unlock(page: Page, pin: string): Promise<void> {
  await pinField(page).fill(pin);
  await pinField(page).press('Enter');
}

/** Sees the page of a locked device, and nothing of the account's. */
async function isLocked(page: Page, ...private_: string[]): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Locked' })).toBeVisible();
  await expect(page).toHaveTitle('Locked · Sealpost');
  const content = await page.content();
  for (const text of private_) expect(content).not.toContain(text);
}

async function setPin(person: Person): Promise<void> {
  await person.openSettings();
  await person.button('Set a PIN').click();
  await person.field('New PIN or passphrase').fill('12345');
  await person.field('The same once more').fill('12345');
  await person.page.getByRole('dialog').getByRole('button', { name: 'Set a PIN' }).click();
  await expect(person.page.getByText('Use at least 6 digits or characters.')).toBeVisible();
  await person.field('New PIN or passphrase').fill(PIN);
  await person.field('The same once more').fill(PIN);
  await look(person.page, 'dialog-pin');
  await person.page.getByRole('dialog').getByRole('button', { name: 'Set a PIN' }).click();
  await expect(person.page.getByText('The PIN is set.')).toBeVisible();
}

test('a device with a PIN opens with it alone, and locks in all tabs', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'The key is under the boat');
  await jonas.accept(hers);
  const key = await unwrapped(mara.page);
  expect(key).toHaveLength(32);
  await setPin(mara);
  await mara.page.getByRole('region', { name: 'App lock' }).scrollIntoViewIfNeeded();
  await look(mara.page, 'settings-lock');

  await mara.chat(his).click();
  await mara.sees('The key is under the boat');
  await mara.page.reload();
  await isLocked(mara.page, 'The key is under the boat', hers, his);
  await look(mara.page, 'locked');
  const sealed = await unwrapped(mara.page);
  expect(sealed).not.toHaveLength(32);
  expect(sealed.join()).not.toContain(key.join());
  await unlock(mara.page, '000000');
  await expect(mara.page.getByText('That is not it. Try again.')).toBeVisible();
  await jonas.send(hers, 'Which boat?');
  await isLocked(mara.page, 'Which boat?', his);
  await unlock(mara.page, PIN);
  await mara.sees('The key is under the boat');
  await mara.sees('Which boat?');

  // A tab that is opened beside it is open, and stays so when the other, which leads, is closed.
  const second = await mara.context.newPage();
  await second.goto(mara.page.url());
  const log = second.getByRole('log');
  await expect(log.getByText('Which boat?', { exact: true })).toBeVisible();
  const third = await mara.context.newPage();
  await third.goto(mara.page.url());
  await expect(third.getByRole('log').getByText('Which boat?', { exact: true })).toBeVisible();
  await mara.page.close();
  await jonas.send(hers, 'The green one?');
  await expect(log.getByText('The green one?', { exact: true })).toBeVisible();

  await third.getByRole('link', { name: 'Settings', exact: true }).click();
  await third.getByRole('button', { name: 'Lock now' }).click();
  for (const page of [second, third]) await isLocked(page, 'The green one?', his);
  await unlock(second, PIN);
  await expect(log.getByText('The green one?', { exact: true })).toBeVisible();
  await expect(third.getByRole('heading', { name: 'Privacy' })).toBeVisible();
});

test('who forgot the PIN waits, erases the device, and signs in again', async ({ meet }) => {
  const [mara] = await meet('Mara');
  await setPin(mara);
  await mara.button('Lock now').click();
  await isLocked(mara.page, mara.name);
  for (const wrong of ['111111', '222222', '333333', '444444']) {
    await unlock(mara.page, wrong);
    await expect(pinField(mara.page)).toHaveValue('');
  }
  await expect(mara.page.getByText(/^Too many wrong tries/)).toBeVisible();
  await mara.page.reload();
  await expect(mara.page.getByText(/^Too many wrong tries/)).toBeVisible();
  await mara.button('Erase this device').click();
  await mara.confirm('Erase this device');
  await expect(mara.page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await expect(mara.page.getByText(/damaged/)).toHaveCount(0);
  await mara.signIn(mara.name);
  await expect(mara.page.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();
  await mara.page.reload();
  await expect(mara.page.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();
});
