/** What people do with messages and chats, with two people and a second device. */
import type { Locator } from '@playwright/test';
import { expect, type Person, test } from './people';

/** What tells that the message with this text disappears. */
function mark(person: Person, text: string): Locator {
  return person.message(text).getByRole('img', { name: /^Disappears / });
}

test('answers, reactions, edits and deletions reach both people and a second device', async ({
  meet,
  arrive,
}) => {
  const [[mara, jonas], laptop] = await Promise.all([meet('Mara', 'Jonas'), arrive()]);
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'Shall we take the early ferry?');
  await jonas.accept(hers);
  await laptop.signIn(his);
  await laptop.chat(hers).click();
  await expect(laptop.composer(hers)).toBeVisible();

  await jonas.choose('early ferry', 'Reply');
  await jonas.send(hers, 'Yes, at sevn.');
  for (const person of [mara, laptop]) {
    await person.sees('Yes, at sevn.');
    await expect(person.message('at sevn').getByText(/Shall we take|not here/)).toBeVisible();
  }
  await jonas.choose('at sevn', 'Edit');
  await jonas.composer(hers).fill('Yes, at seven.');
  await jonas.composer(hers).press('Enter');
  for (const person of [mara, jonas, laptop]) await person.sees('Yes, at seven.');

  await mara.message('at seven').click({ button: 'right' });
  await mara.page.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click();
  for (const person of [mara, jonas, laptop]) {
    await expect(person.message('at seven').getByRole('button', { name: /👍, 1 reaction/ })).toBeVisible();
  }

  await mara.send(his, 'never mind this one');
  await jonas.sees('never mind this one');
  await mara.choose('never mind', 'Delete');
  await mara.button('Delete for everyone').click();
  for (const person of [mara, jonas, laptop]) {
    await expect(person.log.getByText('never mind this one', { exact: true })).toHaveCount(0);
  }
});

test('a poll is voted in, a message found again, and a timer set by one and ended by the other', async ({
  meet,
}) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'The harbour restaurant has a table');
  await jonas.accept(hers);

  await mara.button('New poll').click();
  await mara.field('Question').fill('When do we eat?');
  await mara.field('Answer 1').fill('At noon');
  await mara.field('Answer 2').fill('At one');
  await mara.button('Send poll').click();
  await jonas.log.getByRole('button', { name: /^At one/ }).click();
  await expect(mara.log.getByRole('button', { name: /^At one, 1 vote/ })).toBeVisible();

  await mara.page.keyboard.press('Control+k');
  await mara.page.keyboard.type('harb');
  await mara.page.getByRole('option', { name: /harbour restaurant/ }).click();
  await expect(mara.message('harbour restaurant')).toBeVisible();

  await mara.openDetails();
  await mara.button(/^Disappearing messages/).click();
  await mara.page.getByRole('dialog').getByText('5 minutes').click();
  await mara.button('Close').click();
  for (const person of [mara, jonas]) {
    await person.isTold(`${hers} set messages to disappear after 5 minutes`);
  }
  await jonas.send(hers, 'this one goes');
  await mara.sees('this one goes');
  for (const person of [mara, jonas]) {
    await expect(mark(person, 'this one goes')).toBeVisible();
    await expect(mark(person, 'harbour restaurant')).toHaveCount(0);
  }

  await jonas.openDetails();
  await jonas.button('Disappearing messages 5 minutes').click();
  await jonas.page.getByRole('dialog').getByText('Off', { exact: true }).click();
  await jonas.button('Close').click();
  for (const person of [mara, jonas]) {
    await person.isTold(`${his} turned off disappearing messages`);
  }
  await mara.send(his, 'this one stays');
  await jonas.sees('this one stays');
  await expect(mark(jonas, 'this one stays')).toHaveCount(0);
});

test('a group types, mentions, reads, forwards and copies', async ({ meet }) => {
  const [anika, tom, ruth] = await meet('Anika', 'Tom', 'Ruth');
  await ruth.startChat(anika.name);
  await ruth.send(anika.name, 'Add me, please');
  await anika.accept(ruth.name);
  await tom.makeGroup('Lake house', [anika.name, ruth.name]);
  await Promise.all([anika.accept('Lake house'), ruth.accept('Lake house')]);
  await ruth.page.keyboard.press('Escape');

  const mention = `@${ruth.name.toLowerCase()}`;
  await tom.composer('Lake house').fill('**Bread** and *wine* `oil` ');
  await tom.composer('Lake house').pressSequentially(mention.slice(0, 4));
  await expect(anika.button(/^Details of/).getByText(`${tom.name} is typing…`)).toBeVisible();
  const offered = tom.page.getByRole('listbox', { name: 'People to mention' });
  await expect(offered.getByRole('option', { name: new RegExp(ruth.name), selected: true })).toBeVisible();
  await tom.page.keyboard.press('Enter');
  await expect(tom.composer('Lake house')).toHaveValue(`**Bread** and *wine* \`oil\` ${mention} `);
  await tom.page.keyboard.press('Enter');

  const message = anika.message('Bread and wine oil');
  await expect(message.getByRole('strong')).toHaveText('Bread');
  await expect(message.getByRole('emphasis')).toHaveText('wine');
  await expect(message.getByRole('code')).toHaveText('oil');
  await expect(message.getByTitle(mention)).toHaveText(`@${ruth.name}`);
  await expect(anika.page.getByText(/is typing…/)).toHaveCount(0);
  await expect(ruth.chat('Lake house').getByRole('img', { name: 'You are mentioned' })).toBeVisible();

  await tom.choose('Bread', 'Info');
  const read = tom.page.getByRole('region', { name: 'Read by' });
  await expect(read).toContainText(anika.name);
  await expect(tom.page.getByRole('region', { name: 'Delivered to' })).toContainText(ruth.name);
  await ruth.chat('Lake house').click();
  await expect(read).toContainText(ruth.name);

  await anika.choose('Bread', 'Forward');
  await anika.page.getByRole('dialog').getByRole('button', { name: ruth.name }).click();
  await anika.button('Forward to 1 chat').click();
  await expect(anika.page.getByText('Forwarded to 1 chat.')).toBeVisible();
  await ruth.chat(anika.name).click();
  await expect(ruth.message('Bread').getByText('Forwarded')).toBeVisible();

  await anika.choose('Bread', 'Copy text');
  await expect(anika.page.getByText('Copied.')).toBeVisible();
  await anika.composer('Lake house').press('Control+v');
  await expect(anika.composer('Lake house')).toHaveValue(`**Bread** and *wine* \`oil\` ${mention}`);
});
