/** What people do in stories, each with a browser profile of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BrowserContext,
  test as base,
  chromium,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import { LAUNCH, LOCALE } from './chromium';
import { Server } from './server';

export const PASSWORD = 'lantern quay marmalade 47';

function usernameOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '.');
}

export class Person {
  /** What others see of them, once they have signed up or in. */
  name = '';
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #profile: string;

  constructor(context: BrowserContext, page: Page, profile: string) {
    this.context = context;
    this.page = page;
    this.#profile = profile;
  }

  /** Closes the browser and deletes its profile. */
  async leaves(): Promise<void> {
    await this.context.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  get log(): Locator {
    return this.page.getByRole('log');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  /** The row of a chat in the list. */
  chat(name: string): Locator {
    return this.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: new RegExp(name) });
  }

  /** Opens what someone who is no contact began, and accepts it. */
  async accept(name: string): Promise<void> {
    await this.button(/^Message requests/).click();
    const requests = this.page.getByRole('navigation', { name: 'Message requests' });
    await requests.getByRole('link', { name: new RegExp(name) }).click();
    await this.button('Accept').click();
    await expect(this.composer(name)).toBeVisible();
  }

  /** Makes an account and gives its recovery code, which is left to be saved later. */
  async signUp(name: string): Promise<string> {
    const code = await this.createAccount(name);
    await expect(this.page.getByRole('heading', { name: 'Welcome to Sealpost' })).toBeVisible();
    return code;
  }

  /** Signs up from wherever one is led to sign in, and goes on to where that leads. */
  async createAccount(name: string): Promise<string> {
    this.name = name;
    await this.page.getByRole('link', { name: 'Create an account' }).click();
    await this.field('Name').fill(name);
    await this.field('Username').fill(usernameOf(name));
    await this.field('Password').fill(PASSWORD);
    await this.button('Create account').click();
    await expect(this.page.getByRole('heading', { name: 'Save your recovery code' })).toBeVisible();
    const label = await this.page.getByRole('img', { name: /^Recovery code/ }).getAttribute('aria-label');
    await this.button('Later').click();
    return label?.replace('Recovery code: ', '') ?? '';
  }

  async signIn(name: string, password = PASSWORD): Promise<void> {
    this.name = name;
    await this.field('Username').fill(usernameOf(name));
    await this.field('Password').fill(password);
    await this.button(/^Sign in$/).click();
  }

  /** Says that the recovery code was saved and types it again. */
  async confirmCode(code: string): Promise<void> {
    await this.page.getByRole('link', { name: /Save your recovery code/ }).click();
    await this.button('I have saved it').click();
    await this.field('Recovery code').fill(code.toLowerCase().replaceAll('-', ' '));
    await this.button('Confirm').click();
    await expect(this.page.getByText('Your recovery code is saved.')).toBeVisible();
  }

  /** Someone in the list of people that an open dialog found. */
  found(name: string): Locator {
    return this.page.getByRole('dialog').getByRole('button', { name: new RegExp(`^${name}`) });
  }

  /** Finds someone by the beginning of their name and opens the chat. */
  async startChat(name: string): Promise<void> {
    await this.button('New chat').click();
    await this.field('Search people').fill(name.slice(0, -1).toLowerCase());
    await this.found(name).click();
    await expect(this.composer(name)).toBeVisible();
  }

  async makeGroup(title: string, names: string[]): Promise<void> {
    await this.button('New chat').click();
    await this.button('New group').click();
    for (const name of names) {
      await this.field('Search people').fill(name.toLowerCase());
      await this.found(name).click();
    }
    await this.button('Next').click();
    await this.field('Group name').fill(title);
    await this.button('Create group').click();
    await expect(this.composer(title)).toBeVisible();
  }

  composer(chat: string): Locator {
    return this.page.getByRole('textbox', { name: `Message ${chat}` });
  }

  async send(chat: string, text: string): Promise<void> {
    await this.composer(chat).fill(text);
    await this.composer(chat).press('Enter');
    await this.sees(text);
  }

  async sees(text: string): Promise<void> {
    await expect(this.log.getByText(text, { exact: true })).toHaveCount(1);
  }

  /** Sees a line that tells what someone did here. */
  async isTold(line: string): Promise<void> {
    await expect(this.log.getByText(line, { exact: true })).toBeVisible();
  }

  /** The message with this text, with its time and ticks. */
  message(text: string): Locator {
    return this.log.getByRole('article').filter({ hasText: text });
  }

  /** Opens the menu of the message with this text and chooses from it. */
  async choose(text: string, item: string): Promise<void> {
    await this.message(text).click({ button: 'right' });
    await this.item(item).click();
  }

  /** Opens the menu of a chat in the list and chooses from it. */
  async arrange(chat: string, item: string): Promise<void> {
    await this.chat(chat).click({ button: 'right' });
    await this.item(item).click();
  }

  /** What can be chosen in the menu that is open. */
  item(name: string): Locator {
    return this.page.getByRole('menuitem', { name, exact: true });
  }

  /** Agrees to what a dialog asks before it is done. */
  async confirm(action: string): Promise<void> {
    const button = this.page.getByRole('alertdialog').getByRole('button', { name: action, exact: true });
    await button.click();
    await expect(button).toHaveCount(0);
  }

  /** Opens the details of the chat that is open. */
  async openDetails(): Promise<void> {
    await this.button(/^Details of /).click();
    await expect(this.page.getByRole('dialog', { name: 'Details' })).toBeVisible();
  }

  async openSettings(): Promise<void> {
    await this.page.getByRole('link', { name: 'Settings', exact: true }).click();
    await expect(this.page.getByRole('heading', { name: 'Privacy' })).toBeVisible();
  }
}

interface Browser {
  program?: string;
  /** What it is started with beyond what all are. */
  args?: string[];
}

/**
 * Opens the app in a browser with a profile of its own, on disk as people have it: what Chromium calls a context is a
 * private window, whose files live in another process's memory and cost twenty times as much to write.
 */
export async function arrive(
  url: string,
  { program = LAUNCH.executablePath, args = [] }: Browser = {},
): Promise<Person> {
  const profile = await mkdtemp(join(tmpdir(), 'sealpost-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    args: [...LAUNCH.args, ...args],
    locale: LOCALE,
    viewport: { width: 1280, height: 720 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-write'],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('pageerror', (error) => console.log(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(`console: ${message.text()}`);
  });
  await page.goto(url);
  return new Person(context, page, profile);
}

let counter = 0;

/** A name that no other story uses. */
export function called(name: string): string {
  counter += 1;
  return `${name}${counter}x${process.pid % 1000}`;
}

interface Fixtures {
  /** The browser's program. */
  program: string;
  /** Opens the app in another browser, started with these arguments beside all others. */
  arrive: (args?: string[]) => Promise<Person>;
  /** People of these names with accounts, who sign up at the same time. */
  meet: <Names extends string[]>(...names: Names) => Promise<{ [Name in keyof Names]: Person }>;
}

/** Stories share one server; the browsers that they opened are closed after each. */
export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: the runner reads the parameter's shape
    async ({}, use) => {
      const server = await Server.launch();
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  program: [LAUNCH.executablePath, { option: true }],
  arrive: async ({ server, program }, use) => {
    const people: Person[] = [];
    await use(async (args = []) => {
      const person = await arrive(server.url, { program, args });
      people.push(person);
      return person;
    });
    await Promise.all(people.map((person) => person.leaves()));
  },
  meet: async ({ arrive }, use) => {
    async function enter(name: string): Promise<Person> {
      const person = await arrive();
      await person.signUp(called(name));
      return person;
    }
    await use((...names) => Promise.all(names.map(enter)) as never);
  },
});

export { expect };
