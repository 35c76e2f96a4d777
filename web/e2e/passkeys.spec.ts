/** Passkeys, of an authenticator that the browser pretends to have. */
import type { CDPSession } from '@playwright/test';
import { look } from './look';
import { expect, PASSWORD, type Person, test } from './people';

interface Authenticator {
  /** How many passkeys it keeps. */
  count: () => Promise<number>;
  remove: () => Promise<void>;
}

/** Gives someone's browser an authenticator; `hasPrf` is whether it gives secrets. */
async function authenticator(person: Person, hasPrf: boolean): Promise<Authenticator> {
  const session: CDPSession = await person.context.newCDPSession(person.page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf,
    },
  });
  return {
    count: async () =>
      (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
}

test('a passkey opens the account on a device that has nothing, until it is removed', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, 'Said before the passkey');
  await mara.openSettings();
  await expect(mara.page.getByText('Everything on this device is kept.')).toBeVisible();

  // One that gives no secret is of no use, and none is left behind.
  const poor = await authenticator(mara, false);
  await mara.button('Add a passkey').click();
  await mara.field('Password').fill('not my lantern');
  await mara.button('Make a passkey').click();
  await expect(mara.page.getByText(/^This passkey cannot be used here/)).toBeVisible();
  await expect.poll(poor.count).toBe(0);
  await poor.remove();

  // A password that was mistyped makes no second one.
  const keys = await authenticator(mara, true);
  await mara.button('Make a passkey').click();
  await expect(mara.page.getByText('That is not your password.')).toBeVisible();
  await look(mara.page, 'dialog-passkey');
  await mara.field('Password').fill(PASSWORD);
  await mara.button('Make a passkey').click();
  await expect(mara.page.getByText('Your passkey opens your account from now on.')).toBeVisible();
  await expect(mara.button(/^Remove passkey: Chrome on Linux/)).toBeVisible();
  expect(await keys.count()).toBe(1);

  await mara.button('Sign out here').click();
  await mara.button('Sign out and erase').click();
  await expect(mara.page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await mara.button('Sign in with a passkey').click();
  await mara.chat(jonas.name).click();
  await mara.sees('Said before the passkey');

  await mara.openSettings();
  await mara.button(/^Remove passkey: Chrome on Linux/).click();
  await mara.field('Password').fill(PASSWORD);
  await mara.confirm('Remove passkey');
  await expect(mara.page.getByText('The passkey opens nothing any more.')).toBeVisible();
  await expect(mara.button(/^Remove passkey: /)).toHaveCount(0);
  // The browser was told, and offers it no more.
  await expect.poll(keys.count).toBe(0);
});
