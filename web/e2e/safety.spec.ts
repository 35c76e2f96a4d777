/** How people make sure of others, and keep them at a distance: requests, blocking, reports, and who may write at all. */
import { Camera } from './camera';
import { look } from './look';
import { called, expect, type Person, test } from './people';

/** Opens a page of people that the settings lead to. */
async function openPeople(person: Person, page: 'Contacts' | 'Blocked people'): Promise<void> {
  await person.openSettings();
  await person.page.getByRole('link', { name: new RegExp(`^${page}`) }).click();
  await expect(person.page.getByRole('heading', { name: page })).toBeVisible();
}

test('two people compare their safety number in a group, and it stays so', async ({ meet, arrive }) => {
  const camera = await Camera.make();
  const [[jonas], mara] = await Promise.all([meet('Jonas'), arrive(camera.args)]);
  await mara.signUp(called('Mara'));
  await mara.makeGroup('Oars', [jonas.name]);
  await mara.send('Oars', 'Is it you?');
  await jonas.accept('Oars');
  const numbers: (string | null)[] = [];
  for (const [person, other] of [
    [mara, jonas],
    [jonas, mara],
  ] as const) {
    await person.openDetails();
    await person.page.getByRole('button', { name: new RegExp(`^${other.name}`) }).click();
    await person.page.getByRole('menuitem', { name: 'Safety number' }).click();
    const number = person.page.getByRole('img', { name: /^Safety number: / });
    await expect(number).toHaveText(/^\d{60}$/);
    numbers.push(await number.textContent());
  }
  const [number = ''] = numbers;
  expect(number).toBe(numbers[1]);
  const compared = mara.page.getByText(`You compared this with ${jonas.name}.`);

  // Without a camera the digits are what there is.
  await jonas.button('Scan their code').click();
  await expect(jonas.page.getByText(/^The camera cannot be used here/)).toBeVisible();

  await camera.reads('https://example.org');
  await mara.button('Scan their code').click();
  await expect(mara.page.getByText(/^That code is not a safety number/)).toBeVisible();
  await expect(mara.page.getByLabel('Camera')).toBeVisible();
  await look(mara.page, 'dialog-safety-scan');
  await mara.button('Back').click();

  await camera.reads([...(number ?? '')].reverse().join(''));
  await mara.button('Scan their code').click();
  await expect(mara.page.getByRole('dialog', { name: 'The numbers differ' })).toBeVisible();
  await expect(mara.page.getByRole('alert')).toContainText('Somebody may stand between you');
  await look(mara.page, 'dialog-safety-differ');
  await mara.button('Back').click();
  await expect(mara.button('They are the same')).toBeVisible();
  await expect(compared).toHaveCount(0);

  await jonas.button('Back').click();
  await camera.sees(jonas.page.getByRole('img', { name: 'The safety number as a code' }));
  await mara.button('Scan their code').click();
  await expect(mara.page.getByRole('dialog', { name: 'The numbers match' })).toBeVisible();
  await mara.button('Done').click();
  await expect(compared).toBeVisible();
  await mara.button('Back').click();
  const badge = mara.page.getByRole('dialog').getByRole('img', { name: 'Verified' });
  await expect(badge).toBeVisible();
  await mara.page.reload();
  await mara.openDetails();
  await expect(badge).toBeVisible();
});

test('who lost everything begins anew, and is accepted again by who had verified them', async ({
  meet,
  arrive,
  server,
}) => {
  const [mara, jonas, lene] = await meet('Mara', 'Jonas', 'Lene');
  await mara.makeGroup('Oars', [jonas.name, lene.name]);
  await mara.send('Oars', 'Is it you?');
  await jonas.accept('Oars');
  await jonas.send('Oars', 'It is');
  await mara.sees('It is');
  await mara.openDetails();
  await mara.page.getByRole('button', { name: new RegExp(`^${jonas.name}`) }).click();
  await mara.item('Safety number').click();
  await mara.button('They are the same').click();
  await expect(mara.page.getByText(`You compared this with ${jonas.name}.`)).toBeVisible();
  await mara.button('Close').click();

  const anew = await arrive();
  await anew.page.getByRole('link', { name: 'Use your recovery code' }).click();
  await anew.page.getByRole('link', { name: 'Begin anew' }).click();
  await anew.field('Username').fill(jonas.name.toLowerCase());
  await anew.field('Code from the host').fill('a guess');
  await anew.field('Name').fill(jonas.name);
  await anew.field('New password').fill('another umbrella pelican 5');
  await anew.button('Begin anew').click();
  await expect(anew.page.getByText(/^That code is not for this username/)).toBeVisible();
  await look(anew.page, 'begin-anew');
  await anew.field('Code from the host').fill(await server.replacement(jonas.name.toLowerCase()));
  await anew.button('Begin anew').click();
  await expect(anew.page.getByRole('heading', { name: 'Save your recovery code' })).toBeVisible();
  await anew.button('Later').click();

  // Where it was the former account that was signed in nobody is any more.
  await expect(jonas.page.getByText('You were signed out on this device.')).toBeVisible();
  await mara.isTold(
    `The server says that ${jonas.name} lost their keys and goes on with a new account. Their former devices may be in other hands.`,
  );
  await mara.openDetails();
  await mara.page.getByRole('button', { name: new RegExp(`^${jonas.name}.*Former account`) }).click();
  await look(mara.page, 'member-began-anew');
  await mara.item('Add their new account').click();
  await mara.button('Close').click();
  const bar = mara.page.getByRole('region', { name: `Is this ${jonas.name}?` });
  await expect(bar).toBeVisible();
  await expect(mara.composer('Oars')).toHaveCount(0);
  await look(mara.page, 'accept-successor');
  // Lene had compared nothing: for her the group goes on.
  await lene.accept('Oars');
  await lene.send('Oars', 'Welcome back');
  await anew.accept('Oars');
  await anew.sees('Welcome back');
  await mara.button('Compare safety numbers').click();
  await expect(mara.page.getByRole('img', { name: /^Safety number: / })).toBeVisible();
  // That was what the dialog was for.
  await mara.button('They are the same').click();
  await mara.send('Oars', 'There you are');
  await anew.sees('There you are');
});

test('a request is deleted, a message reported, its writer blocked, and nobody new let in', async ({
  meet,
  server,
}) => {
  const [mara, jonas, tom] = await meet('Mara', 'Jonas', 'Tom');
  await jonas.startChat(mara.name);
  await jonas.send(mara.name, 'Buy cheap oars');
  await mara.button(/^Message requests/).click();
  await mara.page.getByRole('link', { name: new RegExp(jonas.name) }).click();
  await mara.button('Delete').click();
  await mara.confirm('Delete');
  await expect(mara.page.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();
  await expect(mara.button(/^Message requests/)).toHaveCount(0);

  // Others can ask again; nothing from before comes with it.
  await jonas.send(mara.name, 'Only today');
  await mara.accept(jonas.name);
  await mara.sees('Only today');
  await expect(mara.log.getByText('Buy cheap oars')).toHaveCount(0);
  await mara.choose('Only today', 'Report');
  await mara.field('What is wrong?').fill(`${mara.name} was sold oars`);
  await mara.button('Send report').click();
  await expect(mara.page.getByText('Reported. Thank you.')).toBeVisible();
  const reports = await server.reports();
  const report = reports.find(({ comment }) => comment === `${mara.name} was sold oars`);
  expect(report?.messages.map(({ text }) => text)).toEqual(['Only today']);

  await openPeople(mara, 'Contacts');
  await mara.button(`Remove ${jonas.name} from contacts`).click();
  await expect(mara.page.getByText('No contacts yet.')).toBeVisible();
  await mara.openSettings();
  await mara.field('Who may start a chat with me or add me to a group').selectOption('Nobody new');

  await mara.chat(jonas.name).click();
  await mara.openDetails();
  await mara.button('Add contact').click();
  await expect(mara.button('Remove contact')).toBeVisible();
  await mara.button(`Block ${jonas.name}`).click();
  await mara.confirm('Block');
  await expect(mara.button(`Unblock ${jonas.name}`)).toBeVisible();
  await mara.button('Close').click();
  await expect(mara.page.getByRole('region', { name: `You blocked ${jonas.name}` })).toBeVisible();
  await expect(mara.composer(jonas.name)).toHaveCount(0);
  await jonas.send(mara.name, 'Hello? Oars?');
  await expect(jonas.message('Hello?').getByRole('img', { name: 'Delivered' })).toBeVisible();

  await openPeople(mara, 'Blocked people');
  await mara.button(`Unblock ${jonas.name}`).click();
  await expect(mara.page.getByText('You have blocked nobody.')).toBeVisible();
  await mara.chat(jonas.name).click();
  await jonas.send(mara.name, 'Sorry');
  await mara.sees('Sorry');
  await expect(mara.log.getByText('Hello? Oars?')).toHaveCount(0);

  await tom.button('New chat').click();
  await tom.field('Search people').fill(mara.name.toLowerCase());
  await tom.found(mara.name).click();
  await expect(tom.page.getByRole('alert')).toContainText('This person takes no new chats from you.');
});
