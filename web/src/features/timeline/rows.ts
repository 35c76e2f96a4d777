/** Arranges a timeline's items into rows: where a day begins, and which messages stand together. */
import { dayOf } from '../../i18n/dates';
import type { TimelineItem } from '../../sdk/types';

/** Messages of one sender this close together stand as one group, in milliseconds. */
const TOGETHER = 5 * 60_000;

export interface Row {
  item: TimelineItem;
  /** A day begins here. */
  day: boolean;
  /** The first unread message. */
  unread: boolean;
  /** First and last of its group. */
  first: boolean;
  last: boolean;
}

function senderOf({ content }: TimelineItem): string | undefined {
  return content.type === 'notice' ? undefined : content.sender.account;
}

function together(a: TimelineItem | undefined, b: TimelineItem | undefined): boolean {
  if (!a || !b || b.time - a.time > TOGETHER || dayOf(a.time) !== dayOf(b.time)) return false;
  const sender = senderOf(a);
  return sender !== undefined && sender === senderOf(b);
}

export function arrange(items: TimelineItem[], unreadKey: string | undefined): Row[] {
  return items.map((item, index) => {
    const [before, after] = [items[index - 1], items[index + 1]];
    const unread = item.key === unreadKey;
    return {
      item,
      unread,
      day: !before || dayOf(before.time) !== dayOf(item.time),
      first: unread || !together(before, item),
      last: after?.key === unreadKey || !together(item, after),
    };
  });
}
