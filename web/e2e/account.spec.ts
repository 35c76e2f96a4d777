import { called, expect, PASSWORD, test } from './people';

test('the recovery code is typed again before the second chat', async ({ meet, arrive }) => {
  const [[jonas, tom], mara] = await Promise.all([meet('Jonas', 'Tom'), arrive()]);
  const code = await mara.signUp(called('Mara'));
  await mara.startChat(jonas.name);

  await mara.button('New chat').click();
  await mara.field('Search people').fill(tom.name.toLowerCase());
  await mara.found(tom.name).click();
  await expect(mara.page.getByRole('alert')).toContainText('Save your recovery code first');
  await mara.button('Close').click();

  await mara.page.getByRole('link', { name: /Save your recovery code/ }).click();
  await mara.button('I have saved it').click();
  await mara.field('Recovery code').fill('0000-0000');
  await mara.button('Confirm').click();
  await expect(mara.page.getByText('That is not your code.')).toBeVisible();
  await mara.page.goto(new URL('/', mara.page.url()).href);
  await mara.confirmCode(code);
  await expect(mara.page.getByRole('link', { name: /Save your recovery code/ })).toHaveCount(0);
  await mara.startChat(tom.name);
});

test('a forgotten password is replaced with the recovery code', async ({ meet, arrive }) => {
  const [[jonas], mara, phone] = await Promise.all([meet('Jonas'), arrive(), arrive()]);
  const [hers, his] = [called('Mara'), jonas.name];
  const code = await mara.signUp(hers);
  await mara.startChat(his);
  await mara.send(his, 'before I forgot');

  await phone.page.getByRole('link', { name: 'Use your recovery code' }).click();
  await phone.field('Username').fill(hers.toLowerCase());
  await phone.field('Recovery code').fill(code);
  await phone.field('New password').fill('another harbour teapot 92');
  await phone.button('Set password and sign in').click();
  await phone.chat(his).click();
  await phone.send(his, 'back again');
  await jonas.accept(hers);
  await jonas.sees('back again');

  // The old devices were signed out with the old password.
  await expect(mara.page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await mara.signIn(hers, PASSWORD);
  await expect(mara.page.getByRole('alert')).toContainText('That did not match');
  await mara.signIn(hers, 'another harbour teapot 92');
  await expect(mara.chat(his)).toBeVisible();
});

test('what was typed wrong is said plainly', async ({ arrive }) => {
  const [mara, other] = await Promise.all([arrive(), arrive()]);
  const hers = called('Mara');
  await mara.signUp(hers);

  await other.signIn(hers, 'not the password');
  await expect(other.page.getByRole('alert')).toContainText('That did not match');
  await other.signIn('nobody.at.all', 'not the password');
  await expect(other.page.getByRole('alert')).toContainText('That did not match');

  await other.page.getByRole('link', { name: 'Create an account' }).click();
  await other.field('Name').fill('Someone');
  await other.field('Username').fill(hers.toLowerCase());
  await other.field('Password').fill('password1');
  await expect(other.page.getByText(/Too (common|easy to guess)/)).toBeVisible();
  await expect(other.button('Create account')).toBeDisabled();
  await other.field('Password').fill(PASSWORD);
  await other.button('Create account').click();
  await expect(other.page.getByText('That username is taken. Try another.')).toBeVisible();
});

test('signing out erases this device', async ({ arrive }) => {
  const mara = await arrive();
  const hers = called('Mara');
  await mara.signUp(hers);
  const second = await mara.context.newPage();
  await second.goto(mara.page.url());
  await expect(second.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();

  await mara.page.getByRole('link', { name: 'Settings' }).click();
  await mara.button('Sign out here').click();
  await mara.button('Sign out and erase').click();
  await expect(mara.page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await expect(second.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await mara.page.reload();
  await expect(mara.page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await mara.signIn(hers);
  await expect(mara.page.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();
});
