/** Groups by keyboard: no mouse is used in here by the one whom the story is about, and the focus is never lost. */
import type { Locator } from '@playwright/test';
import { go, isWithin, press, rewrite } from './keys';
import { expect, type Person, test } from './people';

const GROUP = 'Boat house';

function details({ page }: Person): Locator {
  return page.getByRole('dialog', { name: 'Details' });
}

async function openDetails(person: Person): Promise<void> {
  await press(person.page, 'Shift+Tab', person.button(/^Details of/));
  await expect(details(person)).toBeVisible();
}

/** Closes the details and is back at what they were opened with. */
async function closeDetails(person: Person): Promise<void> {
  await person.page.keyboard.press('Escape');
  await expect(person.page.getByRole('dialog')).toHaveCount(0);
  await expect(person.button(/^Details of/)).toBeFocused();
}

async function makeGroup(person: Person, title: string, others: Person[]): Promise<void> {
  const { page } = person;
  const search = person.field('Search people');
  await press(page, 'Shift+Tab', person.button('New chat'));
  await expect(search).toBeFocused();
  await press(page, 'Tab', person.button('New group'));
  for (const { name } of others) {
    await expect(search).toBeFocused();
    await page.keyboard.type(name.toLowerCase());
    await press(page, 'Tab', person.found(name));
    await expect(person.button(`Remove ${name}`)).toBeVisible();
  }
  await expect(search).toBeFocused();
  await press(page, 'Tab', person.button('Next'));
  await expect(person.field('Group name')).toBeFocused();
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
  await expect(person.composer(title)).toBeFocused();
}

/** Name and description, from the details and back to them. */
async function edit(person: Person): Promise<void> {
  const { page } = person;
  await press(page, 'Tab', person.button('Edit'));
  await expect(page.getByRole('heading', { name: 'Edit group' })).toBeFocused();
  await rewrite(page, 'Tab', person.field('Group name'), GROUP);
  await rewrite(page, 'Tab', person.field('Description'), 'The key is under the third stone');
  await press(page, 'Tab', person.button('Save'));
  await expect(person.button('Edit')).toBeFocused();
}

/** Lets only admins write, from the details and back to them. */
async function restrict(person: Person): Promise<void> {
  const { page } = person;
  await press(page, 'Tab', person.button('Permissions'));
  await expect(page.getByRole('heading', { name: 'Permissions' })).toBeFocused();
  const writing = page.getByRole('group', { name: 'Write messages' });
  await go(page, 'Tab', writing.getByRole('radio', { name: 'All members' }));
  await page.keyboard.press('ArrowDown');
  await expect(writing.getByRole('radio', { name: 'Only admins' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(person.button('Permissions')).toBeFocused();
}

/** Opens the menu of a member in the details and chooses from it. */
async function change(admin: Person, member: Person, item: string): Promise<void> {
  await press(admin.page, 'Tab', admin.found(member.name));
  await press(admin.page, 'ArrowDown', admin.item(item));
}

/** Makes a link by which one asks to join, from the details and back to them, and gives its address. */
async function makeLink(person: Person): Promise<string> {
  const { page } = person;
  await press(page, 'Shift+Tab', person.button(/^Invite links/));
  await press(page, 'Tab', person.button('New link'));
  await isWithin(page.getByRole('region', { name: 'New link' }));
  await go(page, 'Tab', page.getByRole('switch', { name: 'Approve each person' }));
  await page.keyboard.press('Space');
  await press(page, 'Tab', person.button('Create link'));
  await press(page, 'Tab', person.button('Copy link'));
  await expect(page.getByText('Link copied.')).toBeVisible();
  await expect(person.button('Copy link')).toBeFocused();
  const address = await page.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await page.keyboard.press('Escape');
  await expect(person.button(/^Invite links/)).toBeFocused();
  return address;
}

/** Lets in who asks at the top of the chat. */
async function approve(person: Person, name: string): Promise<void> {
  const { page } = person;
  await press(page, 'Shift+Tab', person.button('View'));
  await press(page, 'Tab', person.button(`Approve ${name}`));
  await expect(person.button(`Approve ${name}`)).toHaveCount(0);
  await isWithin(details(person));
  await closeDetails(person);
}

/** Leaves the group to a new admin, from the details. */
async function leave(person: Person, heir: Person): Promise<void> {
  const { page } = person;
  await press(page, 'Tab', person.button('Leave group'));
  const choice = person.field('New admin');
  await expect(page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' })).toBeFocused();
  await go(page, 'Shift+Tab', choice);
  await page.keyboard.type(heir.name);
  await expect(choice.locator('option:checked')).toContainText(heir.name);
  await press(page, 'Tab', page.getByRole('button', { name: 'Leave', exact: true }));
  await expect(page.getByRole('alertdialog')).toHaveCount(0);
  await isWithin(details(person));
}

test('someone without a mouse makes a group, rules it, lets someone in and hands it on', async ({ meet }) => {
  test.setTimeout(240_000);
  const [anika, tom, ruth] = await meet('Anika', 'Tom', 'Ruth');
  const { page } = anika;
  await makeGroup(anika, 'Lake house', [tom, ruth]);
  await Promise.all([tom.accept('Lake house'), ruth.accept('Lake house')]);

  await openDetails(anika);
  await edit(anika);
  await tom.isTold(`${anika.name} named this group “${GROUP}”`);
  await tom.isTold(`${anika.name} changed the description`);
  await restrict(anika);
  await expect(tom.page.getByText('Only admins write here.')).toBeVisible();

  await change(anika, tom, 'Make admin');
  await tom.isTold(`${anika.name} made ${tom.name} admin`);
  await expect(anika.found(tom.name)).toBeFocused();
  // The member is gone on from to the next one, whatever their order.
  await page.keyboard.press('Enter');
  await press(page, 'ArrowDown', anika.item('Dismiss as admin'));
  await tom.isTold(`${anika.name} took admin from ${tom.name}`);
  await closeDetails(anika);
  await openDetails(anika);
  await change(anika, ruth, 'Remove from group');
  await press(page, 'Tab', page.getByRole('button', { name: 'Remove', exact: true }));
  await tom.isTold(`${anika.name} removed ${ruth.name}`);
  await expect(anika.found(ruth.name)).toHaveCount(0);
  await isWithin(details(anika));

  const address = await makeLink(anika);
  await closeDetails(anika);
  // Everything of a chat reaches the server in its order: the link is there when this is.
  await go(page, 'Tab', anika.composer(GROUP));
  await page.keyboard.type('This link is for Ruth');
  await page.keyboard.press('Enter');
  await expect(anika.message('for Ruth').getByRole('img', { name: /Sent|Delivered|Read/ })).toBeVisible();
  await ruth.page.goto(address);
  await ruth.button('Ask to join').click();
  await approve(anika, ruth.name);
  await anika.isTold(`${ruth.name} joined by an invite link`);

  await openDetails(anika);
  await leave(anika, tom);
  await closeDetails(anika);
  // Who has left is gone for the others once the server knows; the line about it comes with what is written next.
  await expect(tom.page.getByText('2 members, end-to-end encrypted')).toBeVisible();
  await tom.send(GROUP, 'All mine');
  await tom.isTold(`${anika.name} left`);
});
