/** What opens an account: a new password, and a new recovery code, from the settings. */
import { look } from './look';
import { expect, PASSWORD, test } from './people';

const NEW_PASSWORD = 'another harbour teapot 92';

test('a password and a recovery code are replaced, and nobody is signed out', async ({ meet, arrive }) => {
  const [[mara, jonas], phone, tablet] = await Promise.all([meet('Mara', 'Jonas'), arrive(), arrive()]);
  await phone.signIn(mara.name);
  await expect(phone.page.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();

  await mara.openSettings();
  await mara.button('Change password').click();
  await mara.field('Present password').fill('not my lantern');
  await mara.field('New password').fill(NEW_PASSWORD);
  await mara.button('Set password').click();
  await expect(mara.page.getByText('That is not your password.')).toBeVisible();
  await look(mara.page, 'dialog-change-password');
  await mara.field('Present password').fill(PASSWORD);
  await mara.button('Set password').click();
  await expect(mara.page.getByText('Your password is changed.')).toBeVisible();

  await mara.button('New recovery code').click();
  const label = mara.page.getByRole('img', { name: /^Recovery code/ });
  await expect(label).toBeVisible();
  const code = (await label.getAttribute('aria-label'))?.replace('Recovery code: ', '') ?? '';
  await look(mara.page, 'dialog-new-code');
  await mara.button('I have saved it').click();
  await mara.field('New recovery code').fill(code.toLowerCase());
  await mara.field('Password').fill(NEW_PASSWORD);
  await look(mara.page, 'dialog-new-code-again');
  await mara.button('Replace the code').click();
  await expect(mara.page.getByText(/^Your new recovery code is valid/)).toBeVisible();

  // The phone is still signed in, and has the chat that begins now.
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, 'Still both here');
  await phone.chat(jonas.name).click();
  await phone.sees('Still both here');
  // Whoever recovers ends all sessions: what is to be there afterwards is in the history by then.
  await mara.openSettings();
  await expect(mara.page.getByText('Everything on this device is kept.')).toBeVisible();

  await tablet.page.getByRole('link', { name: 'Use your recovery code' }).click();
  await tablet.field('Username').fill(mara.name.toLowerCase());
  await tablet.field('Recovery code').fill(code);
  await tablet.field('New password').fill('a third umbrella pelican 5');
  await tablet.button('Set password and sign in').click();
  await tablet.chat(jonas.name).click();
  await tablet.sees('Still both here');
});
