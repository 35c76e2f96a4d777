/** What people set: the language, what notifications say, and who they are to others. */
import { CHROMIUM } from './chromium';
import { called, expect, type Person, test } from './people';

/** Chooses a language in the settings, which are reached by what their link is called now. */
async function speak(person: Person, settings: string, language: string): Promise<void> {
  await person.page.getByRole('link', { name: settings, exact: true }).click();
  await person.page.getByText(language, { exact: true }).click();
}

/** Sees which language the page says it is in, and from which side it is read. */
async function speaks(person: Person, lang: string, dir: string): Promise<void> {
  const root = person.page.locator('html');
  await expect(root).toHaveAttribute('lang', lang);
  await expect(root).toHaveAttribute('dir', dir);
}

/** How far from the left something begins. */
async function left(person: Person, text: string): Promise<number> {
  const box = await person.log.getByText(text, { exact: true }).boundingBox();
  return box?.x ?? Number.NaN;
}

test('German and Arabic are spoken, and English again', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'Hello');
  await jonas.accept(hers);
  const row = mara.page.locator('[data-conversation]');

  await speak(mara, 'Settings', 'Deutsch');
  await expect(mara.page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible();
  await speaks(mara, 'de', 'ltr');
  await row.click();
  await mara.page.getByRole('textbox', { name: `Nachricht an ${his}` }).fill('Grüße aus Köln');
  await mara.page.getByRole('button', { name: 'Senden', exact: true }).click();
  await jonas.sees('Grüße aus Köln');
  await expect(mara.message('Köln').getByRole('img', { name: 'Gelesen' })).toBeVisible();
  await expect(mara.log.getByText('Heute', { exact: true })).toBeVisible();

  await speak(mara, 'Einstellungen', 'العربية');
  await expect(mara.page.getByRole('heading', { name: 'الإعدادات' })).toBeVisible();
  await speaks(mara, 'ar', 'rtl');
  await row.click();
  const composer = mara.page.getByRole('textbox', { name: `رسالة إلى ${his}` });
  await composer.fill('هل وصلت؟');
  await composer.press('Enter');
  await jonas.send(hers, 'نعم، شكراً');
  await mara.sees('نعم، شكراً');
  // The list is on the right, own messages are on the left; each text is read from its own side for everyone.
  const [list, log] = await Promise.all([row.boundingBox(), mara.log.boundingBox()]);
  expect(list?.x).toBeGreaterThan(log?.x ?? Number.NaN);
  expect(await left(mara, 'هل وصلت؟')).toBeLessThan(await left(mara, 'نعم، شكراً'));
  expect(await left(jonas, 'نعم، شكراً')).toBeGreaterThan(await left(jonas, 'هل وصلت؟'));
  const paragraph = jonas.log.getByRole('paragraph').filter({ hasText: 'نعم، شكراً' });
  await expect(paragraph).toHaveCSS('direction', 'rtl');

  await mara.page.reload();
  await expect(composer).toBeVisible();
  await speaks(mara, 'ar', 'rtl');
  await speak(mara, 'الإعدادات', 'English');
  await expect(mara.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await speaks(mara, 'en', 'ltr');
  await mara.chat(his).click();
  await mara.send(his, 'And back');
});

/** A notification as it was shown. */
interface Shown {
  title: string;
  body: string;
  closed: boolean;
}

declare global {
  var notifications: (Shown & { onclick?: () => void })[];
}

/** Begins the app anew with notifications that are noted down: a browser without a window shows none. */
async function noteNotifications(person: Person): Promise<void> {
  await person.context.grantPermissions(['notifications']);
  await person.page.addInitScript(() => {
    globalThis.notifications = [];
    const real = globalThis.Notification;
    class Noted {
      static get permission() {
        return real.permission;
      }
      static requestPermission() {
        return real.requestPermission();
      }
      body: string;
      closed = false;
      constructor(
        readonly title: string,
        options: NotificationOptions,
      ) {
        this.body = options.body ?? '';
        globalThis.notifications.push(this);
      }
      close() {
        this.closed = true;
      }
    }
    Object.assign(globalThis, { Notification: Noted });
  });
  await person.page.reload();
}

/** Sees that these notifications were shown until now, and no others. */
async function wasNotified(person: Person, ...expected: string[]): Promise<void> {
  const shown = () =>
    person.page.evaluate(() => globalThis.notifications.map(({ title, body }) => `${title}: ${body}`));
  await expect.poll(shown).toEqual(expected);
}

async function chooseNotifications(person: Person, level: string): Promise<void> {
  await person.openSettings();
  const choice = person.page.getByRole('radio', { name: level, exact: true });
  await choice.click();
  await expect(choice).toBeChecked();
}

test.describe('notifications', () => {
  // The shell grants nobody leave to show them.
  test.use({ program: CHROMIUM });

  test('say as much as one wants, and nothing of muted chats', async ({ meet }) => {
    const [mara, jonas] = await meet('Mara', 'Jonas');
    const [hers, his] = [mara.name, jonas.name];
    await mara.startChat(his);
    await mara.send(his, 'Hello');
    await jonas.accept(hers);
    await noteNotifications(jonas);
    await jonas.sees('Hello');
    await mara.send(his, 'You are looking at this');
    await jonas.sees('You are looking at this');

    const discreet = 'Sealpost: New message';
    await chooseNotifications(jonas, 'Only that there is a message');
    await mara.send(his, 'A secret');
    await wasNotified(jonas, discreet);
    await expect(jonas.page).toHaveTitle('(1) Settings · Sealpost');
    await chooseNotifications(jonas, 'With name and text');
    await mara.send(his, 'The boat goes at six');
    const full = `${hers}: The boat goes at six`;
    await wasNotified(jonas, discreet, full);
    await expect(jonas.page).toHaveTitle('(2) Settings · Sealpost');

    // Pressing it leads to the chat; what is read there needs no notification any more.
    await jonas.page.evaluate(() => globalThis.notifications.at(-1)?.onclick?.());
    await jonas.sees('The boat goes at six');
    await expect(jonas.page).toHaveTitle('Chat · Sealpost');
    expect(await jonas.page.evaluate(() => globalThis.notifications.at(-1)?.closed)).toBe(true);

    await jonas.arrange(hers, 'Mute…');
    await jonas.item('Always').click();
    await jonas.openSettings();
    await mara.send(his, 'Nobody hears this');
    await expect(jonas.page).toHaveTitle('(1) Settings · Sealpost');
    await jonas.arrange(hers, 'Unmute');
    await mara.send(his, 'But this');
    await wasNotified(jonas, discreet, full, `${hers}: But this`);

    await chooseNotifications(jonas, 'None');
    await mara.send(his, 'Only counted');
    await expect(jonas.page).toHaveTitle('(3) Settings · Sealpost');
    await wasNotified(jonas, discreet, full, `${hers}: But this`);
  });
});

test('who one is, by name and picture, is seen by others and on a second device', async ({
  meet,
  arrive,
}) => {
  const [[mara, jonas], phone] = await Promise.all([meet('Mara', 'Jonas'), arrive()]);
  const hers = mara.name;
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, 'Hello');
  await jonas.accept(hers);
  await phone.signIn(hers);
  await phone.openSettings();
  await expect(phone.field('Name')).toHaveValue(hers);

  const name = called('Captain');
  await mara.openSettings();
  await mara.field('Name').fill(name);
  await mara.field('Picture file').setInputFiles('public/icon-192.png');
  await mara.button('Use picture').click();
  await mara.button('Save').click();
  await expect(mara.page.getByText('Your profile is saved.')).toBeVisible();
  await expect(mara.button('Save')).toHaveCount(0);
  await expect(jonas.chat(name).locator('img')).toHaveJSProperty('naturalWidth', 256);
  await expect(jonas.button(`Details of ${name}`)).toBeVisible();
  await expect(jonas.composer(name)).toBeVisible();
  const own = phone.page.getByRole('region', { name: 'Profile' });
  await expect(phone.field('Name')).toHaveValue(name);
  await expect(own.locator('img')).toHaveJSProperty('naturalWidth', 256);

  // What the phone takes away is gone everywhere. The username, by which one is found, stays.
  await phone.button('Remove picture').click();
  await phone.button('Save').click();
  await expect(mara.page.getByRole('region', { name: 'Profile' }).locator('img')).toHaveCount(0);
  await expect(jonas.chat(name)).toBeVisible();
  await expect(jonas.chat(name).locator('img')).toHaveCount(0);
  await jonas.openDetails();
  await expect(jonas.page.getByRole('dialog').getByText(`@${hers.toLowerCase()}`)).toBeVisible();
});
