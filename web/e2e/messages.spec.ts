/** What people do with messages and chats, with two people and a second device. */
import { called, expect, type Person, test } from './people';

/** Opens the menu of the message with this text and chooses from it. */
async function choose(person: Person, text: string, item: string | RegExp): Promise<void> {
  await person.message(text).click({ button: 'right' });
  await person.page.getByRole('menuitem', { name: item }).click();
}

test('answers, reactions, edits and deletions reach both people and a second device', async ({ arrive }) => {
  const [mara, jonas, laptop] = [await arrive(), await arrive(), await arrive()];
  const [hers, his] = [called('Mara'), called('Jonas')];
  await mara.signUp(hers);
  await jonas.signUp(his);
  await mara.startChat(his);
  await mara.send(his, 'Shall we take the early ferry?');
  await jonas.accept(hers);
  await laptop.signIn(his);
  await laptop.chat(hers).click();
  await expect(laptop.composer(hers)).toBeVisible();

  await choose(jonas, 'early ferry', 'Reply');
  await jonas.send(hers, 'Yes, at sevn.');
  for (const person of [mara, laptop]) {
    await person.sees('Yes, at sevn.');
    await expect(person.message('at sevn').getByText(/Shall we take|not here/)).toBeVisible();
  }
  await choose(jonas, 'at sevn', 'Edit');
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
  await choose(mara, 'never mind', 'Delete');
  await mara.button('Delete for everyone').click();
  for (const person of [mara, jonas, laptop]) {
    await expect(person.log.getByText('never mind this one', { exact: true })).toHaveCount(0);
  }
});

test('a poll is voted in, and a message is found again', async ({ arrive }) => {
  const [mara, jonas] = [await arrive(), await arrive()];
  const [hers, his] = [called('Mara'), called('Jonas')];
  await mara.signUp(hers);
  await jonas.signUp(his);
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
});
