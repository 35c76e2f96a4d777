import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseLocale } from '../../i18n';
import type { Command, ExportedChat, ExportPart, TimelineItem } from '../../sdk/types';
import { FakeClient, ME, message, person, row, span } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { ExportDialog } from './ExportDialog';
import { PageFile } from './page';

const NOON = new Date(2026, 10, 20, 12).getTime();
const DAY = 86_400_000;
const HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202E';
const mara = person('Mara Ortiz');

function chat(name: string, more: Partial<ExportedChat> = {}): ExportedChat {
  const members = [{ person: mara, admin: true }];
  return {
    conversation: name,
    kind: 'group',
    name,
    description: '',
    members,
    left_out: 0,
    incomplete: false,
    ...more,
  };
}

function part(items: TimelineItem[], begins: ExportedChat | null, next: string | null = null): ExportPart {
  return { chat: begins, content: { content: 'items', items }, items: items.length, next };
}

/** The page of these pieces, as a browser reads it. */
async function page(...parts: ExportPart[]): Promise<Document> {
  const file = new PageFile(ME);
  for (const one of parts) file.add(one);
  const html = await (await file.finish()).text();
  return new DOMParser().parseFromString(html, 'text/html');
}

describe('an exported page', () => {
  it('lists its chats, and has each message under its day', async () => {
    const first = [message('a', mara, 'Leaving at six', NOON), message('b', ME, 'Good', NOON + DAY)];
    const read = await page(
      part(first, chat('Lake house', { left_out: 2 }), '0.1.1'),
      part([message('c', ME, 'See you', NOON + DAY)], null, '1'),
      part([], chat('Choir')),
    );
    const links = [...read.querySelectorAll('nav a')];
    expect(links.map((link) => link.textContent)).toEqual(['Lake house3 entries', 'Choirempty']);
    for (const link of links) expect(read.querySelector(link.getAttribute('href') as string)).not.toBeNull();
    expect(read.querySelectorAll('section')).toHaveLength(2);
    expect(read.querySelectorAll('section h3')).toHaveLength(2);
    expect(
      [...read.querySelectorAll('article .said > p:first-child')].map((text) => text.textContent),
    ).toEqual(['Leaving at six', 'Good', 'See you']);
    // The second of a group of messages does not name its sender again, wherever a piece ends.
    expect(read.querySelectorAll('article .who')).toHaveLength(2);
    expect(read.body.textContent).toContain('2 disappearing messages were left out.');
    expect(read.body.textContent).toContain('not encrypted');
  });

  it('takes nothing that people wrote for markup', async () => {
    const named = { ...mara, display_name: HOSTILE };
    const quote = { key: 'a', sender: named, text: HOSTILE, deleted: false, media: null };
    const reactions = [{ emoji: '❤', people: [named], own: false }];
    const poll = { options: [{ text: HOSTILE, people: [named], own: false }], multiple: false, voters: 1 };
    const body = [
      { block: 'code' as const, text: HOSTILE },
      { block: 'paragraph' as const, spans: [span(HOSTILE)] },
    ];
    const renamed: TimelineItem = {
      key: 'n1.9',
      seq: 1,
      time: NOON,
      content: { type: 'notice', notice: 'renamed', by: named, name: HOSTILE },
    };
    const said = message('a', named, HOSTILE, NOON, { reply: quote, reactions, poll, body });
    const read = await page(part([renamed, said], chat(HOSTILE, { description: HOSTILE })));
    expect(read.querySelectorAll('script, img, iframe, object, [onerror], [src]')).toHaveLength(0);
    expect(read.body.textContent?.split('<script>alert(1)</script>').length).toBeGreaterThan(9);
    const policy = read.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content');
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/,
    );
  });

  it('is in the language of now', async () => {
    chooseLocale('ar');
    const read = await page(part([message('a', mara, 'مرحبا', NOON)], chat('Lake house')));
    expect(read.documentElement.getAttribute('dir')).toBe('rtl');
    expect(read.documentElement.getAttribute('lang')).toBe('ar');
  });
});

describe('the dialog', () => {
  const session = {
    type: 'session',
    state: 'signed_in',
    me: ME,
    recovery_code: null,
    may_start_chat: true,
  } as const;
  const rows = [row('Lake house'), row('Choir')];
  const list = { type: 'conversations', rows, unread: 0 } as const;
  const archive = {
    type: 'archive',
    enabled: true,
    waiting: false,
    total: 4,
    restored: 4,
    unreadable: 0,
    full: false,
  } as const;

  function exporting(client: FakeClient): Command[] {
    return client.commands.filter(({ command }) => command === 'read_export');
  }

  beforeEach(() => {
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
    return () => vi.restoreAllMocks();
  });

  it('says first that the file is in clear, and asks for one piece after the other', async () => {
    const client = new FakeClient([session, { ...list, rows: [...rows] }, archive], {
      read_export: ({ after }) => ({
        answer: 'export_part',
        chat: after ? null : chat('Lake house', { left_out: 1 }),
        content: { content: 'text', text: after ? ']}' : '{"chats":[' },
        items: 2,
        next: after ? null : '1',
      }),
    });
    const { user } = show(<ExportDialog onClose={() => {}} />, client);
    expect(screen.getByText(/not encrypted/)).toBeTruthy();
    await user.click(screen.getByRole('radio', { name: 'Data (JSON)' }));
    await waitFor(() =>
      expect(screen.getByRole('button', { name: 'Export' })).toHaveProperty('disabled', false),
    );
    await user.click(screen.getByRole('button', { name: 'Export' }));
    expect(await screen.findByText(/4 entries are in/)).toBeTruthy();
    expect(screen.getByText('One disappearing message was left out.')).toBeTruthy();
    const asked = { command: 'read_export', form: 'json', disappearing: false };
    const conversations = rows.map(({ conversation }) => conversation);
    expect(exporting(client)).toEqual([
      { ...asked, conversations, after: null },
      { ...asked, conversations, after: '1' },
    ]);
    expect(HTMLAnchorElement.prototype.click).toHaveBeenCalledOnce();
  });

  it('says that a part of the history is still to come', async () => {
    const client = new FakeClient([session, { ...list, rows: [...rows] }, { ...archive, restored: 1 }]);
    show(<ExportDialog chat={{ conversation: 'c', name: 'Choir' }} onClose={() => {}} />, client);
    expect(await screen.findByText(/25% of your history is on this device/)).toBeTruthy();
  });
});
