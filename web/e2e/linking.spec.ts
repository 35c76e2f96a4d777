/** A new device that an existing one links, by its camera or by a code that is typed, and devices that are removed. */
import { Camera } from './camera';
import { look } from './look';
import { called, expect, PASSWORD, type Person, test } from './people';

/** Goes to where a new device shows its code. */
async function showsCode(device: Person): Promise<void> {
  await device.page.getByRole('link', { name: 'Link with another device' }).click();
  await expect(device.page.getByRole('img', { name: 'Code to scan with your other device' })).toBeVisible();
}

function digits(device: Person) {
  return device.page.getByRole('img', { name: /^Digits to compare/ });
}

async function showTheSame(one: Person, other: Person): Promise<void> {
  await expect(digits(one)).toBeVisible();
  const label = (await digits(one).getAttribute('aria-label')) ?? '';
  await expect(digits(other)).toHaveAccessibleName(label);
}

test('a device that is linked by the camera has everything', async ({ meet, arrive }) => {
  const camera = await Camera.make();
  const [[jonas], phone, tablet] = await Promise.all([meet('Jonas'), arrive(camera.args), arrive()]);
  const hers = called('Mara');
  const his = jonas.name;
  await phone.signUp(hers);
  await phone.startChat(his);
  await phone.send(his, 'The ferry leaves at nine from pier four');
  await jonas.accept(hers);
  for (let number = 1; number <= 60; number++) {
    await jonas.composer(hers).fill(`Stop number ${number}`);
    await jonas.composer(hers).press('Enter');
  }
  await phone.sees('Stop number 60');
  await phone.openSettings();
  await expect(phone.page.getByText('Everything on this device is kept.')).toBeVisible();

  await showsCode(tablet);
  await look(tablet.page, 'link-code');
  await camera.sees(tablet.page.getByRole('img', { name: 'Code to scan with your other device' }));
  await phone.button('Link a device').click();
  await showTheSame(tablet, phone);
  await look(phone.page, 'dialog-link-compare');
  await look(tablet.page, 'link-compare');
  const began = performance.now();
  await phone.button('They are the same: link it').click();
  await expect(phone.page.getByRole('heading', { name: 'Linked' })).toBeVisible();
  await tablet.chat(his).click();
  await tablet.sees('Stop number 60');
  console.log(`newest messages after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await tablet.page.keyboard.press('Control+k');
  await tablet.page.keyboard.type('pier four');
  await tablet.page.getByRole('option', { name: /The ferry leaves at nine/ }).click();
  await expect(tablet.message('The ferry leaves at nine')).toBeInViewport();
  await phone.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await jonas.send(hers, 'All aboard');
  for (const device of [phone, tablet]) await expect(device.chat(his)).toContainText('All aboard');
});

test('a new device is announced, named, and removed', async ({ meet, arrive }) => {
  const [[mara, jonas], phone] = await Promise.all([meet('Mara', 'Jonas'), arrive()]);
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, 'Only for us');
  await jonas.accept(mara.name);
  await showsCode(phone);
  const code = (await phone.page.getByTestId('link-code').textContent()) ?? '';
  await mara.openSettings();
  await mara.button('Link a device').click();
  await expect(mara.page.getByText(/^The camera cannot be used here/)).toBeVisible();
  await mara.field('Or type the code').fill('1234');
  await mara.button('Next').click();
  await expect(mara.page.getByText(/^That is not the code of a new device/)).toBeVisible();
  await look(mara.page, 'dialog-link');
  await mara.field('Or type the code').fill(code.toLowerCase());
  await mara.button('Next').click();
  await showTheSame(phone, mara);
  await mara.button('They are the same: link it').click();
  await mara.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await phone.chat(jonas.name).click();
  await phone.sees('Only for us');

  const row = mara.page.getByRole('region', { name: 'Devices' }).getByRole('listitem').nth(1);
  await expect(row).toContainText('New');
  await expect(mara.page.getByText('New sign-in to your account')).toBeVisible();
  await row.scrollIntoViewIfNeeded();
  await look(mara.page, 'settings-devices');
  await row.getByRole('button', { name: /^Rename/ }).click();
  await mara.field('Name').last().fill('Kitchen tablet');
  await look(mara.page, 'dialog-rename-device');
  await mara.button('Save name').click();
  await expect(row).toContainText('Kitchen tablet');
  await mara.button('That was me').click();
  await expect(mara.page.getByText('New sign-in to your account')).toHaveCount(0);

  await row.getByRole('button', { name: 'Remove Kitchen tablet' }).click();
  await mara.field('Password').last().fill('not my lantern');
  await mara.button('Remove and erase').click();
  await expect(mara.page.getByText('That is not your password.')).toBeVisible();
  await look(mara.page, 'dialog-remove-device');
  await mara.field('Password').last().fill(PASSWORD);
  await mara.button('Remove and erase').click();
  await expect(phone.page.getByText(/^This device was removed from your account/)).toBeVisible();
  await look(phone.page, 'removed-device');
  await expect(mara.page.getByRole('region', { name: 'Devices' }).getByRole('listitem')).toHaveCount(1);

  await mara.chat(jonas.name).click();
  await mara.send(jonas.name, 'Still here');
  await jonas.sees('Still here');
  // It is a device like any other after that.
  await phone.page.reload();
  await phone.signIn(mara.name);
  await phone.chat(jonas.name).click();
  await phone.sees('Still here');
});
