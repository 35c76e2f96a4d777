/** Every screen around the chats, looked at in all its forms. */
import { look, SIZES } from './look';
import { expect, test } from './people';

test('before one is signed in', async ({ arrive }) => {
  test.setTimeout(240_000);
  const { page } = await arrive();
  await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await look(page, 'sign-in');
  await page.getByRole('link', { name: 'Use your recovery code' }).click();
  await look(page, 'recover');
  await page.goto(new URL('/sign-up', page.url()).href);
  await page.getByLabel('Password', { exact: true }).fill('password1');
  await expect(page.getByText(/Too (common|easy to guess)/)).toBeVisible();
  await look(page, 'sign-up');
});

test('every screen of the app', async ({ arrive }) => {
  test.setTimeout(600_000);
  const [mara, jonas, tom] = await Promise.all([arrive(), arrive(), arrive()]);
  const [hers, his, third] = ['Mara Ortiz', 'Jonas Weber', 'Tom Li'] as const;
  await Promise.all([jonas.signUp(his), tom.signUp(third)]);

  const { page } = mara;
  const code = await mara.signUp(hers);
  await look(page, 'empty');
  await page.getByRole('link', { name: /Save your recovery code/ }).click();
  await look(page, 'recovery-code');
  await mara.button('I have saved it').click();
  await look(page, 'recovery-code-again');
  await mara.button('Show the code again').click();
  await mara.button('Later').click();
  await mara.confirmCode(code);
  await expect(page.getByText('Your recovery code is saved.')).toBeHidden();

  await mara.startChat(his);
  await mara.send(his, 'Found the key under the third stone, as always. Boat is in the water.');
  await expect(jonas.button(/^Message requests/)).toBeVisible();
  await jonas.button(/^Message requests/).click();
  await look(jonas.page, 'requests');
  await jonas.button('Back to all chats').click();
  await jonas.accept(hers);
  await jonas.send(hers, 'Perfect. I bring bread, cheese and the big kettle: https://example.org/list');
  await jonas.send(hers, 'Leaving at six, on site by nine');
  await mara.sees('Leaving at six, on site by nine');
  await mara.send(his, 'Good.');
  await look(page, 'direct');
  await mara.button(`Details of ${his}`).click();
  await look(page, 'direct-details');
  await mara.button('Close').click();

  // From the list: beside an open chat there is no room for it in a narrow window.
  await page.keyboard.press('Escape');
  await mara.button('New chat').click();
  await mara.field('Search people').fill(his.slice(0, 3).toLowerCase());
  await expect(mara.found(his)).toBeVisible();
  await look(page, 'new-chat');
  await mara.button('Close').click();

  await mara.makeGroup('Lake house, August', [his, third]);
  await mara.send('Lake house, August', 'Does anyone have a charger for the drill?');
  await tom.accept('Lake house');
  await tom.send('Lake house, August', 'I do. And the long cable.');
  await mara.sees('I do. And the long cable.');
  await look(page, 'group');
  await mara.button('Details of Lake house, August').click();
  await look(page, 'group-details');
  await mara.button('Edit').click();
  await look(page, 'group-edit');
  await mara.button('Back').click();
  await mara.button(/^Disappearing messages/).click();
  await look(page, 'group-timer');
  await mara.button('Back').click();
  await mara.button('Permissions').click();
  await look(page, 'group-permissions');
  await mara.button('Back').click();
  await mara.button(/^Invite links/).click();
  await mara.button('New link').click();
  await look(page, 'group-new-link');
  await mara.button('Cancel').click();
  await mara.button('Back').click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: new RegExp(`^${his}`) })
    .click();
  await look(page, 'group-member');
  await page.keyboard.press('Escape');
  await mara.button('Leave group').click();
  await look(page, 'group-leave');
  await mara.button('Cancel').click();
  await mara.button('Close').click();

  await page.setViewportSize(SIZES.wide);
  await page.goto(new URL('/', page.url()).href);
  await expect(mara.chat('Lake house')).toBeVisible();
  await look(page, 'list');
  await mara.field('Search chats and people').fill('l');
  await look(page, 'search');
  await mara.field('Search chats and people').fill('');
  await mara.chat('Lake house').click({ button: 'right' });
  await look(page, 'chat-menu');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('l');
  await expect(page.getByRole('option', { name: /Lake house/ }).first()).toBeVisible();
  await look(page, 'palette');
  await page.keyboard.press('Escape');
  await page.goto(new URL('/search', page.url()).href);
  await expect(page.getByRole('combobox', { name: 'Search messages' })).toBeVisible();
  await look(page, 'search-help');
  await page.getByRole('combobox', { name: 'Search messages' }).fill('cable');
  await expect(page.getByRole('option', { name: /long cable/ })).toBeVisible();
  await look(page, 'search-messages');
  await page.goto(new URL('/join#not-a-link', page.url()).href);
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  await look(page, 'join-dead');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText(/kept in this browser/)).toBeVisible();
  await look(page, 'settings');
  await page.getByRole('link', { name: /^Contacts/ }).click();
  await look(page, 'contacts');
  await page.getByRole('link', { name: 'Back to settings' }).click();
  await page.getByRole('link', { name: /^Blocked people/ }).click();
  await look(page, 'blocked');
  await page.getByRole('link', { name: 'Back to settings' }).click();
  await page.getByText('العربية', { exact: true }).click();
  await look(page, 'settings-arabic');
  await page.getByText('English', { exact: true }).click();
  await mara.button('Sign out here').click();
  await look(page, 'sign-out');
});
