/** What one device of a person changes, the others have as well. */
import { expect, test } from './people';

test('drafts, the order of chats and settings are the same on a laptop and a phone', async ({
  meet,
  arrive,
}) => {
  const [[laptop, jonas], phone] = await Promise.all([meet('Mara', 'Jonas'), arrive()]);
  await laptop.startChat(jonas.name);
  await laptop.send(jonas.name, 'Have you packed?');
  await jonas.accept(laptop.name);
  await phone.signIn(laptop.name);
  const here = laptop.chat(jonas.name);
  const there = phone.chat(jonas.name);
  await expect(there).not.toContainText('Getting ready on this device…');

  await laptop.composer(jonas.name).fill('Do not forget the');
  await expect(there).toContainText('Draft: Do not forget the');
  await there.click();
  await expect(phone.composer(jonas.name)).toHaveValue('Do not forget the');
  await phone.send(jonas.name, 'Do not forget the kettle');
  await expect(laptop.composer(jonas.name)).toHaveValue('');
  await phone.page.keyboard.press('Escape');

  await laptop.arrange(jonas.name, 'Pin');
  await expect(there.getByRole('img', { name: 'Pinned' })).toBeVisible();
  await laptop.arrange(jonas.name, 'Mute…');
  await laptop.item('Always').click();
  await expect(there.getByRole('img', { name: 'Muted' })).toBeVisible();
  await phone.arrange(jonas.name, 'Mark as unread');
  await expect(here).toContainText('Marked as unread');
  await phone.arrange(jonas.name, 'Mark as read');
  await expect(here).not.toContainText('Marked as unread');
  await phone.arrange(jonas.name, 'Archive');
  await expect(here).toHaveCount(0);
  await laptop.button('Archived (1)').click();
  const archived = laptop.page.getByRole('navigation', { name: 'Archived' });
  await archived.getByRole('link', { name: new RegExp(jonas.name) }).click({ button: 'right' });
  await laptop.item('Move to chats').click();
  await expect(there).toBeVisible();

  // What the phone chooses holds for what is read on the laptop. Once the server knows one, it knows the other.
  const seen = jonas
    .button(/^Details of/)
    .getByText('Online')
    .filter({ visible: true });
  await expect(seen).toBeVisible();
  await phone.openSettings();
  await phone.page.getByRole('switch', { name: 'Read receipts' }).click();
  await phone.page.getByRole('switch', { name: 'Online and last seen' }).click();
  await expect(seen).toHaveCount(0);
  await here.click();
  await jonas.send(laptop.name, 'Kettle is in');
  await laptop.sees('Kettle is in');
  await expect(there).not.toContainText('unread');
  await laptop.send(jonas.name, 'Good');
  await jonas.sees('Good');
  const tick = (text: string) => jonas.message(text).getByRole('img', { name: /Delivered|Read/ });
  await expect(tick('Kettle is in')).toHaveAccessibleName('Delivered');
  await laptop.openSettings();
  for (const name of ['Read receipts', 'Online and last seen']) {
    const chosen = laptop.page.getByRole('switch', { name });
    await expect(chosen).not.toBeChecked();
    await chosen.click();
  }
  await expect(seen).toBeVisible();
  await here.click();
  await jonas.send(laptop.name, 'Tea as well');
  await expect(tick('Tea as well')).toHaveAccessibleName('Read');
});
