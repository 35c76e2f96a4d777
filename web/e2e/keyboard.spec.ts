/** Everything by keyboard: no mouse is used in here by the one whom the story is about. */
import { find, go, openMenu } from './keys';
import { expect, test } from './people';

test('someone without a mouse chats, looks around and sets things', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const { page } = mara;
  const { keyboard } = page;

  // The list of keys, and a chat that is found.
  await keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await find(mara, jonas.name);
  await expect(mara.composer(jonas.name)).toBeFocused();
  await keyboard.type('Is the boat in the water?');
  await keyboard.press('Enter');
  await mara.sees('Is the boat in the water?');
  await jonas.accept(mara.name);
  await jonas.send(mara.name, 'Since noon.');
  await mara.sees('Since noon.');

  // Answering, reacting, changing, deleting.
  await openMenu(mara, 'Since noon');
  await go(page, 'ArrowDown', mara.item('Reply'));
  await keyboard.press('Enter');
  await expect(page.getByRole('group', { name: `Reply to ${jonas.name}` })).toBeVisible();
  await expect(mara.composer(jonas.name)).toBeFocused();
  await keyboard.type('Lovly!');
  await keyboard.press('Enter');
  await mara.sees('Lovly!');
  await openMenu(mara, 'Since noon');
  await go(page, 'ArrowRight', page.getByRole('menuitemcheckbox', { name: 'React with ❤️' }));
  await keyboard.press('Enter');
  const noon = jonas.message('Since noon').first();
  await expect(noon.getByRole('button', { name: /^❤️, 1 reaction/ })).toBeVisible();
  await keyboard.press('Escape');
  await expect(mara.composer(jonas.name)).toBeFocused();
  await keyboard.press('ArrowUp');
  await expect(mara.composer(jonas.name)).toHaveValue('Lovly!');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('Lovely!');
  await keyboard.press('Enter');
  await jonas.sees('Lovely!');
  await openMenu(mara, 'Is the boat');
  await go(page, 'ArrowUp', mara.item('Delete'));
  await keyboard.press('Enter');
  await go(page, 'Tab', mara.button('Delete for everyone'));
  await keyboard.press('Enter');
  await expect(jonas.log.getByText('This message was deleted')).toBeVisible();

  // Details of the chat, its menu in the list, and settings.
  await expect(page.getByRole('alertdialog')).toHaveCount(0);
  await go(page, 'Shift+Tab', mara.button(`Details of ${jonas.name}`));
  await keyboard.press('Enter');
  await go(page, 'Tab', mara.button(/^Disappearing messages/));
  await keyboard.press('Enter');
  await go(page, 'Tab', page.getByRole('radio', { name: 'Off' }));
  await keyboard.press('ArrowDown');
  await jonas.isTold(`${mara.name} set messages to disappear after 30 seconds`);
  await keyboard.press('Escape');
  await expect(mara.button(/^Disappearing messages/)).toBeFocused();
  await keyboard.press('Escape');
  await expect(mara.button(`Details of ${jonas.name}`)).toBeFocused();
  await go(page, 'Shift+Tab', mara.field('Search chats and people'));
  await go(page, 'ArrowDown', mara.chat(jonas.name));
  await keyboard.press('Shift+F10');
  await go(page, 'ArrowDown', mara.item('Pin'));
  await keyboard.press('Enter');
  await expect(mara.chat(jonas.name).getByRole('img', { name: 'Pinned' })).toBeVisible();
  await go(page, 'Shift+Tab', page.getByRole('link', { name: 'Settings' }));
  await keyboard.press('Enter');
  const typing = page.getByRole('switch', { name: 'Typing' });
  await go(page, 'Tab', typing);
  await keyboard.press('Space');
  await expect(typing).not.toBeChecked();
  await keyboard.press('Alt+ArrowDown');
  await expect(mara.composer(jonas.name)).toBeFocused();
  await keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Pick a chat' })).toBeVisible();
});
