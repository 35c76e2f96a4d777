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
  await expect(admin.page.getByText('Link copied.')).toBeVisible();
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
