/** Chats by keyboard: no mouse is used in here by the one whom a story is about, and the focus is never lost. */
import { choose, go, isWithin, keepsFocus, press, rewrite, take } from './keys';
import { expect, type Person, test } from './people';

const GROUP = 'Lake house';
/** Of so many lines that what was said before is out of view. */
const LONG = Array.from({ length: 60 }, (_, line) => `Line ${line}`).join('\n');

/** Opens what someone who is no contact began, with what is asked there. */
async function openRequest(person: Person, name: string, asked: string): Promise<void> {
  const { page } = person;
  await go(page, 'Shift+Tab', person.field('Search chats and people'));
  await press(page, 'ArrowDown', person.button(/^Message requests/));
  await expect(person.button('Back to all chats')).toBeFocused();
  const requests = page.getByRole('navigation', { name: 'Message requests' });
  await press(page, 'ArrowDown', requests.getByRole('link', { name: new RegExp(name) }));
  await expect(page.getByRole('region', { name: asked })).toBeVisible();
}

/** Opens the menu of a chat in the list and chooses from it. */
async function arrange(person: Person, chat: string, item: string): Promise<void> {
  const { page } = person;
  await go(page, 'Shift+Tab', person.field('Search chats and people'));
  await go(page, 'ArrowDown', person.chat(chat));
  await page.keyboard.press('Shift+F10');
  await press(page, 'ArrowDown', person.item(item));
}

/** Writes with a mention that is completed and an emoji that is found. */
async function mention(person: Person, other: Person): Promise<void> {
  const { page } = person;
  const username = `@${other.name.toLowerCase()}`;
  await page.keyboard.type(`Bread is with ${username.slice(0, 4)}`);
  const offered = page.getByRole('listbox', { name: 'People to mention' });
  await expect(offered.getByRole('option', { name: new RegExp(other.name), selected: true })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(person.composer(GROUP)).toHaveValue(`Bread is with ${username} `);

  const search = page.getByRole('textbox', { name: 'Search emoji' });
  await press(page, 'Tab', person.button('Emoji'));
  await expect(search).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(person.button('Emoji')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(search).toBeFocused();
  await page.keyboard.type('rocket');
  await expect(page.getByRole('region', { name: 'Found' })).toBeVisible();
  await press(page, 'ArrowDown', page.getByRole('button', { name: 'rocket', exact: true }));
  await expect(person.composer(GROUP)).toBeFocused();
  await expect(person.composer(GROUP)).toHaveValue(`Bread is with ${username} 🚀`);
  await page.keyboard.press('Enter');
}

/** Asks when to eat, answers it too, and looks who chose what. */
async function vote(person: Person): Promise<void> {
  const { page } = person;
  await press(page, 'Tab', person.button('New poll'));
  await expect(person.field('Question')).toBeFocused();
  await page.keyboard.type('When do we eat?');
  await rewrite(page, 'Tab', person.field('Answer 1'), 'At noon');
  await rewrite(page, 'Tab', person.field('Answer 2'), 'At one');
  await press(page, 'Tab', person.button('Send poll'));
  await expect(person.button('New poll')).toBeFocused();

  await go(page, 'Shift+Tab', person.log);
  await go(page, 'ArrowUp', person.message('When do we eat?'));
  await press(page, 'Tab', person.log.getByRole('button', { name: /^At one/ }));
  await expect(person.log.getByRole('button', { name: /^At one, 1 vote/ })).toBeFocused();
  await press(page, 'Tab', person.button('1 person voted'));
  await isWithin(page.getByRole('dialog', { name: 'Votes' }));
  await page.keyboard.press('Escape');
  await expect(person.button('1 person voted')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(person.composer(GROUP)).toBeFocused();
}

/** What the menu of a message leads to, and back to the message each time. */
async function passOn(person: Person, text: string, chat: string): Promise<void> {
  const { page } = person;
  const message = person.message(text).first();
  await choose(person, text, 'Forward');
  await expect(person.field('Search chats')).toBeFocused();
  await page.keyboard.type(chat.toLowerCase());
  await press(page, 'Tab', page.getByRole('dialog').getByRole('button', { name: chat }));
  await press(page, 'Tab', person.button('Forward to 1 chat'));
  await expect(page.getByText('Forwarded to 1 chat.')).toBeVisible();
  await expect(message).toBeFocused();

  await page.keyboard.press('Enter');
  await press(page, 'ArrowDown', person.item('Info'));
  await isWithin(page.getByRole('dialog', { name: 'Message info' }));
  await page.keyboard.press('Escape');
  await expect(message).toBeFocused();

  await page.keyboard.press('Enter');
  await press(page, 'ArrowDown', person.item('Copy text'));
  await expect(page.getByText('Copied.')).toBeVisible();
  await expect(message).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(person.composer(GROUP)).toBeFocused();
  await page.keyboard.press('ControlOrMeta+v');
  await expect(person.composer(GROUP)).toHaveValue(new RegExp(text));
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Backspace');
}

/** Up to the day's first message, and down to the newest one. */
async function jump(person: Person, first: string, last: string): Promise<void> {
  const { page } = person;
  await press(page, 'Shift+Tab', person.button('Chat actions'));
  await press(page, 'ArrowDown', person.item('Jump to date'));
  await expect(person.field('Day')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(person.message(first).first()).toBeInViewport();
  await press(page, 'Tab', person.button(/^Jump to newest/));
  await expect(person.button(/^Jump to newest/)).toHaveCount(0);
  await expect(person.log).toBeFocused();
  await go(page, 'ArrowUp', person.message(last));
  await page.keyboard.press('Escape');
  await expect(person.composer(GROUP)).toBeFocused();
}

/** Searches all chats and opens what was found. */
async function search(person: Person, words: string, found: string): Promise<void> {
  const { page } = person;
  await page.keyboard.press('Control+k');
  await page.keyboard.type(words);
  // What is found comes above what offers to search all, which was the first until then.
  await expect(page.getByRole('option', { name: new RegExp(found) })).toBeVisible();
  await take(page, page.getByRole('option', { name: /^Search all messages/ }));
  await expect(page.getByRole('combobox', { name: 'Search messages' })).toBeFocused();
  await take(page, page.getByRole('option', { name: new RegExp(words) }));
  await expect(person.message(words)).toBeInViewport();
  await keepsFocus(page);
}

test('someone without a mouse mentions, votes, passes on, searches and jumps', async ({ meet }) => {
  test.setTimeout(240_000);
  const [mara, jonas, tom] = await meet('Mara', 'Jonas', 'Tom');
  const { page } = mara;
  await jonas.startChat(mara.name);
  await jonas.send(mara.name, 'The harbour restaurant has a table');
  await openRequest(mara, jonas.name, `${jonas.name} wants to chat`);
  await press(page, 'Tab', mara.button('Accept'));
  await expect(mara.composer(jonas.name)).toBeFocused();
  await tom.makeGroup(GROUP, [mara.name, jonas.name]);
  await jonas.accept(GROUP);
  await openRequest(mara, GROUP, `You were added to ${GROUP}`);
  await press(page, 'Tab', mara.button('Accept'));
  await expect(mara.composer(GROUP)).toBeFocused();

  await mention(mara, jonas);
  await expect(jonas.message('Bread is with').getByTitle(`@${jonas.name.toLowerCase()}`)).toBeVisible();
  await vote(mara);
  await expect(jonas.log.getByRole('button', { name: /^At one, 1 vote/ })).toBeVisible();
  await passOn(mara, 'Bread is with', jonas.name);
  await jonas.composer(GROUP).fill(LONG);
  await jonas.composer(GROUP).press('Enter');
  await expect(mara.message('Line 59')).toBeVisible();
  await jump(mara, 'Bread is with', 'Line 59');

  await search(mara, 'harb', 'harbour restaurant');
  await expect(mara.composer(jonas.name)).toBeFocused();
});

/** Mutes a chat and puts it away, from the list, and takes it out again. */
async function putAway(person: Person, chat: string): Promise<void> {
  const { page } = person;
  await arrange(person, chat, 'Mute…');
  await press(page, 'ArrowDown', person.item('For 8 hours'));
  await expect(person.chat(chat).getByRole('img', { name: 'Muted' })).toBeVisible();
  await expect(person.chat(chat)).toBeFocused();
  await page.keyboard.press('Shift+F10');
  await press(page, 'ArrowDown', person.item('Archive'));
  await expect(person.chat(chat)).toHaveCount(0);
  const archived = page.getByRole('navigation', { name: 'Archived' });
  await expect(person.button('Archived (1)')).toBeFocused();
  await page.keyboard.press('Enter');
  await go(page, 'ArrowDown', archived.getByRole('link', { name: new RegExp(chat) }));
  await page.keyboard.press('Shift+F10');
  await press(page, 'ArrowDown', person.item('Move to chats'));
  await expect(person.chat(chat)).toBeVisible();
  await isWithin(page.getByRole('region', { name: 'Chats and search' }));
}

/** Blocks the other of the chat that is open, and takes that back where the composer was. */
async function block(person: Person, name: string): Promise<void> {
  const { page } = person;
  await press(page, 'Shift+Tab', person.button(`Details of ${name}`));
  await press(page, 'Tab', person.button(`Block ${name}`));
  await press(page, 'Tab', page.getByRole('alertdialog').getByRole('button', { name: 'Block' }));
  await expect(person.button(`Unblock ${name}`)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(person.button(`Details of ${name}`)).toBeFocused();
  const bar = page.getByRole('region', { name: `You blocked ${name}` });
  await press(page, 'Tab', bar.getByRole('button', { name: 'Unblock' }));
  await expect(person.composer(name)).toBeFocused();
}

/** Takes another name. */
async function rename(person: Person, name: string): Promise<void> {
  const { page } = person;
  await press(page, 'Shift+Tab', page.getByRole('link', { name: 'Settings' }));
  await rewrite(page, 'Tab', person.field('Name'), name);
  await press(page, 'Tab', person.button('Save'));
  await expect(page.getByText('Your profile is saved.')).toBeVisible();
  await expect(person.field('Name')).toBeFocused();
}

test('someone without a mouse keeps others at a distance, puts chats away and takes another name', async ({
  meet,
  server,
}) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const { page } = mara;
  await jonas.startChat(mara.name);
  await jonas.send(mara.name, 'Buy cheap oars');
  await openRequest(mara, jonas.name, `${jonas.name} wants to chat`);
  await press(page, 'Tab', mara.button('Delete'));
  await press(page, 'Tab', page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }));
  await expect(page.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();
  await keepsFocus(page);

  await jonas.send(mara.name, 'Only today');
  await openRequest(mara, jonas.name, `${jonas.name} wants to chat`);
  await press(page, 'Tab', mara.button('Accept'));
  await expect(mara.composer(jonas.name)).toBeFocused();
  await choose(mara, 'Only today', 'Report');
  await rewrite(page, 'Tab', mara.field('What is wrong?'), `${mara.name} was sold oars`);
  await press(page, 'Tab', mara.button('Send report'));
  await expect(page.getByText('Reported. Thank you.')).toBeVisible();
  await expect(mara.message('Only today')).toBeFocused();
  const reports = await server.reports();
  expect(reports.map(({ comment }) => comment)).toContain(`${mara.name} was sold oars`);

  await block(mara, jonas.name);
  await jonas.send(mara.name, 'Sorry');
  await mara.sees('Sorry');
  await putAway(mara, jonas.name);
  await rename(mara, 'Mara Lind');
  await expect(jonas.chat('Mara Lind')).toBeVisible();
});
