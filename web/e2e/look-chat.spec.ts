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
  await mara.composer(GROUP).fill('And **mind** the step, it is `wet`');
  await mara.composer(GROUP).press('Enter');
  await expect(mara.message('mind the step')).toBeVisible();
  await jonas.message('third stone').first().click({ button: 'right' });
  await jonas.page.getByRole('menuitemcheckbox', { name: 'React with ❤️' }).click();
  await expect(mara.message('third stone').first().getByRole('button', { name: /^❤️/ })).toBeVisible();
}

test('every screen of a message and its composer', async ({ arrive }) => {
  test.setTimeout(600_000);
  const [mara, jonas] = await Promise.all([arrive(), arrive()]);
  await Promise.all([mara.signUp('Mara Lind'), jonas.signUp('Jonas Falk')]);
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
    ['Who reacted', 'reactions'],
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
  await expect(page.getByRole('img', { name: 'QR code of the invite link' })).toBeVisible();
  await look(page, 'group-link');
  await mara.button('Close').click();
  await mara.openDetails();
  await mara.button('Add people').click();
  await look(page, 'group-add');
  await mara.button('Close').click();
});
