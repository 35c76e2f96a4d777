/** Every screen inside a chat, looked at in all its forms. */
import { look } from './look';
import { expect, type Person, test } from './people';

const GROUP = 'Lake house, August';

/** What was said before anyone looks. */
async function converse(mara: Person, jonas: Person): Promise<void> {
  await mara.makeGroup(GROUP, [jonas.name]);
  await mara.send(GROUP, 'Found the key under the third stone, as always. Boat is in the water.');
  await jonas.accept(GROUP);
  await mara.choose('third stone', 'Reply');
  await mara.send(GROUP, 'And **mind** the step, it is `wet`');
  await jonas.message('third stone').first().click({ button: 'right' });
  await jonas.page.getByRole('menuitemcheckbox', { name: 'React with ❤️' }).click();
  await expect(mara.message('third stone').first().getByRole('button', { name: /^❤️/ })).toBeVisible();
}

test('every screen of a message and its composer', async ({ arrive }) => {
  test.setTimeout(600_000);
  const [mara, jonas, stranger] = await Promise.all([arrive(), arrive(), arrive()]);
  await Promise.all([mara.signUp('Mara Lind'), jonas.signUp('Jonas Falk'), stranger.signUp('Vera Stern')]);
  await converse(mara, jonas);
  const { page } = mara;

  await mara.message('third stone').first().click({ button: 'right' });
  await look(page, 'message-menu');
  await page.keyboard.press('Escape');
  await mara.choose('mind the step', 'Edit');
  await look(page, 'message-edit');
  await page.keyboard.press('Escape');
  await mara.choose('mind the step', 'Reply');
  await look(page, 'message-reply');
  await page.keyboard.press('Escape');
  for (const [item, name] of [
    ['Forward', 'forward'],
    ['Reactions', 'reactions'],
    ['Info', 'info'],
    ['Delete', 'delete'],
  ] as const) {
    await mara.message('third stone').first().click({ button: 'right' });
    await mara.item(item).click();
    await look(page, `message-${name}`);
    await page.keyboard.press('Escape');
  }
  await jonas.message('mind the step').click({ button: 'right' });
  await jonas.item('Report').click();
  await look(jonas.page, 'message-report');
  await jonas.page.keyboard.press('Escape');

  await mara.button('New poll').click();
  await mara.field('Question').fill('When do we eat?');
  await mara.field('Answer 1').fill('At noon, on the jetty');
  await mara.field('Answer 2').fill('At one');
  await look(page, 'poll-new');
  await mara.button('Send poll').click();
  await jonas.log.getByRole('button', { name: /^At one/ }).click();
  await expect(mara.log.getByRole('button', { name: /^At one, 1 vote/ })).toBeVisible();
  await look(page, 'poll');
  await mara.button('Emoji').click();
  await look(page, 'emoji');
  await page.keyboard.press('Escape');
  await mara.composer(GROUP).fill('');
  await mara.composer(GROUP).pressSequentially('@jo');
  await expect(page.getByRole('listbox', { name: 'People to mention' })).toBeVisible();
  await look(page, 'mention');
  await mara.composer(GROUP).fill('');

  await mara.button('Chat actions').click();
  await look(page, 'chat-header-menu');
  await mara.item('Jump to date').click();
  await look(page, 'jump-to-date');
  await page.keyboard.press('Escape');
  await mara.openDetails();
  await mara.button(/^Invite links/).click();
  await mara.button('New link').click();
  await mara.button('Create link').click();
  await mara.button('Show QR code').click();
  await look(page, 'group-link');
  await mara.button('Close').click();
  await mara.openDetails();
  await mara.button('Add people').click();
  await look(page, 'group-add');
  await mara.button('Close').click();

  await mara.context.setOffline(true);
  await mara.send(GROUP, 'Written on the boat');
  await expect(page.getByText(/^Offline/)).toBeVisible();
  await look(page, 'offline');
  await mara.context.setOffline(false);
  await jonas.sees('Written on the boat');

  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await look(page, 'keys');
  await page.keyboard.press('Escape');
  await stranger.startChat('Mara Lind');
  await stranger.send('Mara Lind', 'Hello, is the boat for sale?');
  await mara.button(/^Message requests/).click();
  await page.getByRole('link', { name: /Vera Stern/ }).click();
  await look(page, 'request');
  await mara.button('Accept').click();
  await mara.arrange('Vera Stern', 'Archive');
  await mara.button('Archived (1)').click();
  await look(page, 'archived');
  await mara.button('Back to all chats').click();

  // The whole app from the right.
  await mara.openSettings();
  await page.getByText('العربية', { exact: true }).click();
  await page.getByRole('link', { name: new RegExp(GROUP) }).click();
  await expect(mara.log).toBeVisible();
  await look(page, 'group-arabic');
});
