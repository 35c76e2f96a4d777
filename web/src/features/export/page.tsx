/**
 * Chats as a page of their own: one file that needs nothing else and runs nothing. React draws it, so that whatever
 * people wrote is text in it; the words and dates are those of the language of now.
 */
import type { ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { t } from '../../i18n';
import type { ExportedChat, ExportPart, Person, TimelineItem } from '../../sdk/types';
import { ChatHeading, Contents, Items, type Listed } from './PageParts';
import styles from './page.css?raw';

/** What React makes of a view, as HTML. */
function draw(view: ReactNode): string {
  const host = document.createElement('div');
  const root = createRoot(host);
  flushSync(() => root.render(view));
  const html = host.innerHTML;
  root.unmount();
  return html;
}

/** Nothing is loaded and nothing runs, whatever is in the page; of styles only its own count. */
async function policy(): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(styles));
  const digest = btoa(String.fromCharCode(...new Uint8Array(hash)));
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
}

function meta(page: Document, attributes: Record<string, string>): HTMLElement {
  const element = page.createElement('meta');
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Everything up to what the body says. */
async function beginning(): Promise<string> {
  const page = document.implementation.createHTMLDocument(t('export.page_title'));
  const { lang, dir } = document.documentElement;
  page.documentElement.setAttribute('lang', lang);
  page.documentElement.setAttribute('dir', dir);
  page.head.prepend(
    meta(page, { charset: 'utf-8' }),
    meta(page, { 'http-equiv': 'Content-Security-Policy', content: await policy() }),
    meta(page, { name: 'viewport', content: 'width=device-width' }),
    meta(page, { name: 'referrer', content: 'no-referrer' }),
  );
  // Put in as text: to the app's own policy a style in a document that it makes is one of the app.
  const style = `<style>${styles}</style>`;
  const begun = page.documentElement.outerHTML.replace(/<\/body>\s*<\/html>\s*$/, '');
  return `<!doctype html>\n${begun.replace('</head>', () => `${style}</head>`)}`;
}

export class PageFile {
  readonly #me: Person;
  #chats: Listed[] = [];
  #parts: string[] = [];
  #last: TimelineItem | undefined;

  constructor(me: Person) {
    this.#me = me;
  }

  add({ chat, content }: ExportPart): void {
    if (chat) this.#begin(chat);
    const listed = this.#chats.at(-1);
    if (!listed || content.content !== 'items' || content.items.length === 0) return;
    listed.items += content.items.length;
    this.#parts.push(draw(<Items chat={listed.id} items={content.items} before={this.#last} />), '\n');
    this.#last = content.items.at(-1);
  }

  #begin(chat: ExportedChat): void {
    if (this.#chats.length > 0) this.#parts.push('</section>\n');
    const id = `chat-${this.#chats.length + 1}`;
    this.#chats.push({ id, name: chat.name, items: 0 });
    this.#last = undefined;
    this.#parts.push(`<section id="${id}">`, draw(<ChatHeading chat={chat} />), '\n');
  }

  async finish(): Promise<Blob> {
    const contents = draw(<Contents me={this.#me} chats={this.#chats} />);
    const end = `${this.#chats.length > 0 ? '</section>' : ''}</main>\n</body></html>\n`;
    const parts = [await beginning(), contents, '\n<main>', ...this.#parts, end];
    return new Blob(parts, { type: 'text/html;charset=utf-8' });
  }
}
