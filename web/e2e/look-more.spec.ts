/** What is seen less often, looked at in all its forms: strangers, chats put away, searches, Arabic, and no network. */
import { look } from './look';
import { arrive, expect, type Person, test } from './people';
import { Server } from './server';

const GROUP = 'بيت البحيرة';

/** What two people said in a group, in two scripts. */
async function converse(noor: Person, elias: Person): Promise<void> {
  await noor.makeGroup(GROUP, [elias.name]);
  await noor.send(GROUP, 'وجدت المفتاح تحت الحجر الثالث، والقارب في الماء.');
  await elias.accept(GROUP);
  await elias.choose('الحجر الثالث', 'Reply');
  await elias.send(GROUP, 'Perfect. I bring bread, cheese and the big kettle: https://example.org/list');
  await noor.sees('Perfect. I bring bread, cheese and the big kettle: https://example.org/list');
  await noor.message('big kettle').click({ button: 'right' });
  await noor.page.getByRole('menuitemcheckbox', { name: 'React with ❤️' }).click();
  await noor.send(GROUP, 'ننطلق في السادسة ونصل عند 9:30 إن شاء الله');
  await expect(noor.message('السادسة').getByRole('img', { name: /Delivered|Read/ })).toBeVisible();
}

test('strangers, chats that were put away, and the keys', async ({ arrive }) => {
  test.setTimeout(240_000);
  const [ines, elias] = await Promise.all([arrive(), arrive()]);
  await Promise.all([ines.signUp('Ines Costa'), elias.signUp('Elias Brandt')]);
  const { page } = ines;
  await elias.startChat(ines.name);
  await elias.send(ines.name, 'Good morning! Is the rowing boat from the notice board still for sale?');
  await ines.button(/^Message requests/).click();
  await page.getByRole('link', { name: /Elias Brandt/ }).click();
  await expect(page.getByRole('region', { name: 'Elias Brandt wants to chat' })).toBeVisible();
  await look(page, 'request');
  await ines.button('Accept').click();
  await ines.send(elias.name, 'It is. Come by on Sunday.');
  await ines.arrange(elias.name, 'Archive');
  // From the list: beside an open chat there is no room for it in a narrow window.
  await page.goto(new URL('/', page.url()).href);
  await ines.button('Archived (1)').click();
  await expect(page.getByRole('navigation', { name: 'Archived' })).toBeVisible();
  await look(page, 'archived');
  await ines.button('Back to all chats').click();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await look(page, 'keys');
});

test('coming by a link, and being let in', async ({ arrive }) => {
  test.setTimeout(240_000);
  const [kim, lena, olga] = await Promise.all([arrive(), arrive(), arrive()]);
  await Promise.all([kim.signUp('Kim Larsen'), lena.signUp('Lena Roth')]);
  await kim.makeGroup('Rowing club', [lena.name]);
  await kim.openDetails();
  await kim.button(/^Invite links/).click();
  await kim.button('New link').click();
  await kim.page.getByRole('switch', { name: 'Approve each person' }).click();
  await kim.button('Create link').click();
  const address = await kim.page.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await kim.button('Close').click();
  // Everything of a chat reaches the server in its order: the link is there when this is.
  await kim.send('Rowing club', 'Olga comes by the link');
  await expect(kim.message('comes by').getByRole('img', { name: /Sent|Delivered|Read/ })).toBeVisible();

  const { page } = olga;
  await page.goto(address);
  await expect(page.getByText('to see the group you were invited to')).toBeVisible();
  await look(page, 'join-sign-in');
  await olga.createAccount('Olga Berg');
  await expect(olga.button('Ask to join')).toBeVisible();
  await look(page, 'join');
  await olga.button('Ask to join').click();
  await expect(page.getByText('You asked to join')).toBeVisible();
  await look(page, 'join-waiting');
  await kim.openDetails();
  await expect(kim.button('Approve Olga Berg')).toBeVisible();
  await look(kim.page, 'group-asked');
});

test('a chat in Arabic, and what is searched', async ({ arrive }) => {
  test.setTimeout(240_000);
  const [noor, elias] = await Promise.all([arrive(), arrive()]);
  const [code] = await Promise.all([noor.signUp('Noor Haddad'), elias.signUp('Elias Falk')]);
  const { page } = noor;
  await noor.confirmCode(code);
  await expect(page.getByText('Your recovery code is saved.')).toBeHidden();
  await converse(noor, elias);
  await noor.button('Emoji').click();
  await page.getByRole('textbox', { name: 'Search emoji' }).fill('boat');
  await expect(page.getByRole('button', { name: 'sailboat', exact: true })).toBeVisible();
  await look(page, 'emoji-search');
  await page.keyboard.press('Escape');

  await noor.startChat(elias.name);
  await noor.send(elias.name, 'Which kettle: the big one or the one with the wooden handle?');
  await page.goto(new URL('/search?q=kettle', page.url()).href);
  await expect(page.getByRole('option')).toHaveCount(2);
  await look(page, 'search-results');
  await page.getByRole('combobox', { name: 'Search messages' }).fill('corkscrew');
  await expect(page.getByText('Nothing found for “corkscrew”')).toBeVisible();
  await look(page, 'search-nothing');

  await noor.openSettings();
  await page.getByText('العربية', { exact: true }).click();
  await page.getByRole('link', { name: new RegExp(GROUP) }).click();
  await expect(noor.log.getByText('الحجر الثالث').first()).toBeVisible();
  await look(page, 'chat-arabic');
  await noor.message('big kettle').click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  await look(page, 'chat-arabic-menu');
});

/** Its server is ended: what cuts off a page does not cut off the worker that has the connection. */
const alone = test.extend<{ cut: { server: Server; people: [Person, Person] } }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the parameter's shape
  cut: async ({}, use) => {
    const server = await Server.launch();
    const people = await Promise.all([arrive(server.url), arrive(server.url)]);
    await use({ server, people });
    await Promise.all(people.map((person) => person.leaves()));
    await server.remove();
  },
});

alone('without a network', async ({ cut: { server, people } }) => {
  test.setTimeout(120_000);
  const [noor, elias] = people;
  const { page } = noor;
  await Promise.all([noor.signUp('Noor Haddad'), elias.signUp('Elias Falk')]);
  await noor.makeGroup('Lake house', [elias.name]);
  await noor.send('Lake house', 'Leaving at six');
  await expect(noor.message('at six').getByRole('img', { name: /Sent|Delivered/ })).toBeVisible();
  await server.kill();
  await expect(page.getByText(/Offline: messages will be sent/)).toBeVisible();
  await noor.send('Lake house', 'And the kettle is packed');
  await look(page, 'offline');
  await page.keyboard.press('Escape');
  await look(page, 'offline-list');
});
