/** Steps of those who have no mouse: to where they want to be, and what they do there. */
import type { Locator, Page } from '@playwright/test';
import { expect, type Person } from './people';

/** More presses than any way here takes. */
const MOST = 60;

/** Presses a key until the focus is there, as people do who see where it is. */
export async function go(page: Page, key: string, to: Locator): Promise<void> {
  await keepsFocus(page);
  await expect(to).toBeVisible();
  for (let presses = 0; presses < MOST && !(await isFocused(to)); presses++) await page.keyboard.press(key);
  await expect(to).toBeFocused();
}

export async function isFocused(to: Locator): Promise<boolean> {
  return to.evaluate((element) => element === document.activeElement);
}

/** Goes there and presses it. */
export async function press(page: Page, key: string, to: Locator): Promise<void> {
  await go(page, key, to);
  await page.keyboard.press('Enter');
}

/** Whatever was done last, the focus is at something that is there to be seen. */
export async function keepsFocus(page: Page): Promise<void> {
  const place = () =>
    page.evaluate(() => {
      const { activeElement: active } = document;
      return active && active !== document.body && active.checkVisibility() ? 'somewhere' : 'nowhere';
    });
  await expect.poll(place, 'the focus is somewhere').toBe('somewhere');
}

/** The focus is at something inside of this. */
export async function isWithin(frame: Locator): Promise<void> {
  await expect(frame.locator(':focus')).toHaveCount(1);
}

/** Writes in place of what stands in the field. */
export async function rewrite(page: Page, key: string, field: Locator, text: string): Promise<void> {
  await go(page, key, field);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

/** Walks through what is offered below a field, which keeps the focus, and takes it. */
export async function take(page: Page, option: Locator): Promise<void> {
  const isChosen = async () => (await option.getAttribute('aria-selected')) === 'true';
  await expect(option).toBeVisible();
  const field = page.locator(':focus');
  for (let presses = 0; presses < MOST && !(await isChosen()); presses++) {
    const before = (await field.getAttribute('aria-activedescendant')) ?? '';
    await page.keyboard.press('ArrowDown');
    // Pressed again before it is drawn, it would go past what is looked for.
    await expect(field).not.toHaveAttribute('aria-activedescendant', before);
  }
  await expect(option).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
}

/** Finds a chat by its name and opens it. */
export async function find({ page }: Person, name: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Find chats, people and messages' })).toBeFocused();
  // In small letters: what offers to search for it has it as it is typed.
  await page.keyboard.type(name.toLowerCase());
  await expect(page.getByRole('option', { name: new RegExp(name), selected: true })).toBeVisible();
  await page.keyboard.press('Enter');
}

/** Walks from the composer up to a message and opens its menu. */
export async function openMenu(person: Person, text: string): Promise<void> {
  const { page } = person;
  await go(page, 'Shift+Tab', person.log);
  // What answers it has its text too, further down.
  await press(page, 'ArrowUp', person.message(text).first());
  await expect(page.getByRole('menu', { name: 'Message actions' })).toBeVisible();
}

/** Opens the menu of a message and chooses from it. */
export async function choose(person: Person, text: string, item: string): Promise<void> {
  await openMenu(person, text);
  await press(person.page, 'ArrowDown', person.item(item));
}
