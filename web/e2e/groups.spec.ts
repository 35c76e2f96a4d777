/** What admins of groups do, and what the others see of it. */
import { called, expect, type Person, test } from './people';

/** Opens the menu of a member in the details, which are open, and chooses from it. */
async function change(admin: Person, member: Person, item: string): Promise<void> {
  await admin.found(member.name).click();
  await admin.item(item).click();
}

/** Sees that someone is out of the group that they have open: told once the server knows it too. */
async function hasLeft(person: Person): Promise<void> {
  await person.isTold('This device is no longer in this chat.');
  await expect(person.page.getByText('Nothing can be sent in this chat.')).toBeVisible();
}

test('an admin gives a group its face, says who writes, and hands it on', async ({ meet }) => {
  const [anika, tom, ruth] = await meet('Anika', 'Tom', 'Ruth');
  await anika.makeGroup('Lake house', [tom.name, ruth.name]);
  await Promise.all([tom.accept('Lake house'), ruth.accept('Lake house')]);

  await anika.openDetails();
  await anika.button('Edit').click();
  await anika.field('Group name').fill('Boat house');
  await anika.field('Description').fill('The key is under the third stone');
  await anika.field('Picture file').setInputFiles('public/icon-192.png');
  await anika.button('Use picture').click();
  await anika.button('Save').click();
  await tom.isTold(`${anika.name} named this group “Boat house”`);
  await tom.isTold(`${anika.name} changed the description`);
  await tom.isTold(`${anika.name} changed the picture`);
  await expect(tom.chat('Boat house').locator('img')).toHaveJSProperty('naturalWidth', 256);
  await tom.openDetails();
  await expect(tom.page.getByText('The key is under the third stone')).toBeVisible();
  await tom.button('Close').click();

  await anika.button('Permissions').click();
  const writing = anika.page.getByRole('group', { name: 'Write messages' });
  await writing.getByText('Only admins').click();
  await anika.button('Back').click();
  await tom.isTold(`${anika.name} changed what members may do`);
  await expect(tom.composer('Boat house')).toHaveCount(0);
  await expect(tom.page.getByText('Only admins write here.')).toBeVisible();

  await change(anika, tom, 'Make admin');
  await tom.isTold(`${anika.name} made ${tom.name} admin`);
  await tom.send('Boat house', 'Thank you');
  await change(anika, tom, 'Dismiss as admin');
  await tom.isTold(`${anika.name} took admin from ${tom.name}`);
  await expect(tom.composer('Boat house')).toHaveCount(0);

  await change(anika, ruth, 'Remove from group');
  await anika.confirm('Remove');
  await tom.isTold(`${anika.name} removed ${ruth.name}`);
  await hasLeft(ruth);

  // Somebody has to look after the group: the last admin says who.
  await anika.button('Leave group').click();
  await expect(anika.page.getByRole('button', { name: 'Leave', exact: true })).toBeDisabled();
  await anika.field('New admin').selectOption({ label: `${tom.name} (@${tom.name.toLowerCase()})` });
  await anika.confirm('Leave');
  await hasLeft(anika);
  // Who has left is gone for the others once the server knows; the line about it comes with what is written next.
  await expect(tom.page.getByText('1 member, end-to-end encrypted')).toBeVisible();
  await tom.send('Boat house', 'All mine');
  await tom.isTold(`${anika.name} left`);
});

/** Makes an invite link to the group that is open, and gives its address once the server knows it. */
async function makeLink(admin: Person, approval: boolean, said: string): Promise<string> {
  await admin.openDetails();
  await admin.button(/^Invite links/).click();
  await admin.button('New link').click();
  if (approval) await admin.page.getByRole('switch', { name: 'Approve each person' }).click();
  await admin.button('Create link').click();
  const address = await admin.page.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await admin.button('Copy link').click();
  // Who copies two in a row is still told of the first.
  await expect(admin.page.getByText('Link copied.').last()).toBeVisible();
  await admin.button('Close').click();
  // Everything of a chat reaches the server in its order: the link is there when this is.
  await admin.send('Lake house', said);
  await expect(admin.message(said).getByRole('img', { name: /Sent|Delivered|Read/ })).toBeVisible();
  return address;
}

test('people come by invite links, with an admin’s word and without, until a link ends', async ({
  meet,
  arrive,
}) => {
  const [[anika, ruth], tom] = await Promise.all([meet('Anika', 'Ruth'), arrive()]);
  await anika.makeGroup('Lake house', [ruth.name]);
  const asking = await makeLink(anika, true, 'This link is for Ruth');

  // Ruth leaves, and asks to be let in again.
  await ruth.accept('Lake house');
  await ruth.openDetails();
  await ruth.button('Leave group').click();
  await ruth.confirm('Leave');
  await hasLeft(ruth);
  await ruth.page.goto(asking);
  await expect(ruth.page.getByRole('heading', { name: 'Lake house' })).toBeVisible();
  await ruth.button('Ask to join').click();
  await expect(ruth.page.getByText('You asked to join')).toBeVisible();
  await anika.openDetails();
  await anika.button(`Approve ${ruth.name}`).click();
  await ruth.send('Lake house', 'Thanks for letting me in');
  await anika.sees('Thanks for letting me in');
  await anika.isTold(`${ruth.name} joined by an invite link`);

  await anika.button(/^Invite links/).click();
  await anika.button('End link').click();
  await anika.confirm('End link');
  // Without the link the dialog is less high, and Close is elsewhere.
  await expect(anika.page.getByRole('textbox', { name: 'Invite link' })).toHaveCount(0);
  await anika.button('Close').click();
  const open = await makeLink(anika, false, 'And this one is for Tom');

  // Who has no account yet finds back to the link after making one.
  await tom.page.goto(open);
  await expect(tom.page.getByText('to see the group you were invited to')).toBeVisible();
  await tom.createAccount(called('Tom'));
  await tom.button('Join group').click();
  await tom.send('Lake house', 'That was quick');
  await ruth.sees('That was quick');
  await tom.page.goto(asking);
  await expect(tom.page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
});

/** Says who may do a part of what permissions are about; the details are open. */
async function allow(admin: Person, part: string, who: 'All members' | 'Only admins'): Promise<void> {
  await admin.button('Permissions').click();
  const group = admin.page.getByRole('group', { name: part });
  await group.getByText(who).click();
  await expect(group.getByRole('radio', { name: who })).toBeChecked();
  await admin.button('Back').click();
}

/** Sees, in the open details, what is offered and what is not. */
async function isOffered(person: Person, ...offered: string[]): Promise<void> {
  for (const name of ['Permissions', 'Invite links', 'Disappearing messages', 'Edit', 'Add people']) {
    const button = person.page.getByRole('dialog').getByRole('button', { name: new RegExp(`^${name}`) });
    await expect(button, name).toHaveCount(offered.includes(name) ? 1 : 0);
  }
}

test('members see and do only what admins let them, and all of it once they are admins', async ({ meet }) => {
  const [anika, tom, ruth] = await meet('Anika', 'Tom', 'Ruth');
  await anika.makeGroup('Lake house', [tom.name]);
  await tom.accept('Lake house');
  await tom.openDetails();
  await isOffered(tom);
  await tom.found(anika.name).click();
  await expect(tom.page.getByRole('menuitem')).toHaveText(['Message', 'Safety number']);
  await tom.page.keyboard.press('Escape');

  await anika.openDetails();
  await allow(anika, 'Edit the group', 'All members');
  await isOffered(tom, 'Edit', 'Disappearing messages');
  await allow(anika, 'Add people', 'All members');
  await isOffered(tom, 'Edit', 'Disappearing messages', 'Add people');
  await tom.button('Edit').click();
  await tom.field('Group name').fill('Boat house');
  await tom.button('Save').click();
  await anika.isTold(`${tom.name} named this group “Boat house”`);
  await tom.button('Add people').click();
  await tom.field('Search people').fill(ruth.name.toLowerCase());
  await tom.found(ruth.name).click();
  await tom.button('Add 1 person').click();
  await anika.isTold(`${tom.name} added ${ruth.name}`);
  await ruth.accept('Boat house');

  await allow(anika, 'Edit the group', 'Only admins');
  await isOffered(tom, 'Add people');
  await allow(anika, 'Add people', 'Only admins');
  await isOffered(tom);
  await change(anika, tom, 'Make admin');
  await isOffered(tom, 'Permissions', 'Invite links', 'Disappearing messages', 'Edit', 'Add people');
  await expect(tom.page.getByText('You, Admin')).toBeVisible();
  await tom.found(ruth.name).click();
  await expect(tom.page.getByRole('menuitem')).toHaveText([
    'Message',
    'Safety number',
    'Make admin',
    'Remove from group',
  ]);
});

/** The times that an hour from now may be shown as: a minute may begin meanwhile. */
function inAnHour(): RegExp {
  const format = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  const times = [-60_000, 0, 60_000].map((more) => format.format(Date.now() + 3_600_000 + more));
  return new RegExp(`Until (${times.join('|')})`);
}

test('a link for one person and one hour is used up by whoever comes, and others have other limits', async ({
  meet,
}) => {
  const [anika, tom, ruth] = await meet('Anika', 'Tom', 'Ruth');
  await anika.makeGroup('Lake house', [ruth.name]);
  await anika.openDetails();
  await anika.button(/^Invite links/).click();
  await anika.button('New link').click();
  await anika.field('Good for').selectOption('1 hour');
  await anika.field('For how many').selectOption('1 person');
  await anika.button('Create link').click();
  const card = anika.page.getByRole('dialog').getByRole('listitem');
  await expect(card).toContainText(inAnHour());
  await expect(card).toContainText('For 1 more person');
  const address = await card.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await expect(card.getByRole('img', { name: 'QR code of the invite link' })).toBeVisible();

  await tom.page.goto(address);
  await tom.button('Join group').click();
  await expect(tom.composer('Lake house')).toBeVisible();
  await expect(card).toContainText('Used up');

  // Others are made beside it, with other limits.
  await anika.button('New link').click();
  await anika.field('Good for').selectOption('No end');
  await anika.button('Create link').click();
  await expect(card).toHaveCount(2);
  await expect(card.filter({ hasText: 'No end · Not used yet' })).toHaveCount(1);
});
