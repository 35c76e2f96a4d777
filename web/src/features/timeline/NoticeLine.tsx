/** Something that happened, told in one line. */
import { TriangleAlert } from 'lucide-react';
import { type Translate, useT } from '../../i18n';
import { listOf } from '../../i18n/dates';
import type { Notice, Person } from '../../sdk/types';

function names(people: Person[]): string {
  return listOf(people.map((person) => person.display_name));
}

export function noticeText(notice: Notice, t: Translate): string {
  switch (notice.notice) {
    case 'created':
      return t('notice.created', { by: notice.by.display_name });
    case 'added':
      return t('notice.added', { by: notice.by.display_name, people: names(notice.people) });
    case 'removed':
      return t('notice.removed', { by: notice.by.display_name, people: names(notice.people) });
    case 'device_joined':
      return t('notice.device_joined');
    case 'unreadable':
      return t('notice.unreadable', { cause: notice.cause });
    case 'left':
      return t('notice.left');
    case 'stopped':
      return t('notice.stopped', { cause: notice.cause });
  }
}

export function NoticeLine({ notice }: { notice: Notice }) {
  const t = useT();
  const grave = notice.notice === 'stopped';
  return (
    <p
      className={`mx-auto my-2.5 flex w-fit max-w-[36rem] items-start gap-2 px-3 text-center text-meta ${grave ? 'rounded-control bg-danger-soft py-2.5 text-danger' : 'text-ink-2'}`}
    >
      {grave && <TriangleAlert size={17} aria-hidden className="shrink-0" />}
      <span dir="auto">{noticeText(notice, t)}</span>
    </p>
  );
}
