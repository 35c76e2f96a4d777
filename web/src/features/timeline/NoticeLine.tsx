/** Something that happened, told in one line. */
import { TriangleAlert } from 'lucide-react';
import { type Translate, useT } from '../../i18n';
import { duration, fullDate, listOf } from '../../i18n/dates';
import type { Notice, Person, RefusedChange } from '../../sdk/types';
import { useConversation } from '../conversation/context';
import { RetryOrDelete } from './FailedActions';

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
    case 'departed':
      return t('notice.departed', { person: notice.person.display_name });
    case 'joined_by_link':
      return t('notice.joined_by_link', { person: notice.person.display_name });
    case 'renamed':
      return t('notice.renamed', { by: notice.by.display_name, name: notice.name });
    case 'description_changed':
    case 'picture_changed':
    case 'policy_changed':
      return t(`notice.${notice.notice}`, { by: notice.by.display_name });
    case 'timer_changed':
      return timerText(notice.by, notice.seconds, t);
    case 'admins_changed':
      return t(notice.admin ? 'notice.admins_made' : 'notice.admins_unmade', {
        by: notice.by.display_name,
        people: names(notice.people),
      });
    case 'not_added':
      return t('notice.not_added', { people: names(notice.people) });
    case 'reset':
      return t('notice.reset', { by: notice.by.display_name });
    case 'device_joined':
      return t('notice.device_joined');
    case 'missed':
      return t('notice.missed', { from: fullDate(notice.from), until: fullDate(notice.until) });
    case 'unreadable':
      return t(`notice.unreadable_${notice.cause}`);
    case 'left':
      return t('notice.left');
    case 'stopped':
      return t(`notice.stopped_${notice.cause}`);
    case 'went_on':
      return t('notice.went_on');
    case 'other_log':
      return t('notice.other_log', { person: notice.person.display_name });
    case 'other_devices':
      return t('notice.other_devices', { person: notice.person.display_name });
    case 'begun_anew':
      return t('notice.begun_anew', { person: notice.person.display_name });
    case 'not_done':
      return refusedText(notice.change, t);
  }
}

function refusedText(change: RefusedChange, t: Translate): string {
  switch (change.refused) {
    case 'add':
    case 'remove':
      return t(`notice.not_done_${change.refused}`, { people: names(change.people) });
    case 'admin':
      return t(change.admin ? 'notice.not_done_admin_made' : 'notice.not_done_admin_unmade', {
        person: change.person.display_name,
      });
    default:
      return t(`notice.not_done_${change.refused}`);
  }
}

function timerText(by: Person, seconds: number | null, t: Translate): string {
  if (seconds === null) return t('notice.timer_off', { by: by.display_name });
  return t('notice.timer_on', { by: by.display_name, time: duration(seconds) });
}

export function NoticeLine({ notice }: { notice: Notice }) {
  const t = useT();
  const { conversation } = useConversation();
  const grave = ['stopped', 'other_log', 'other_devices', 'begun_anew'].includes(notice.notice);
  return (
    <div
      className={`mx-auto my-2.5 flex w-fit max-w-[36rem] items-start gap-2 px-3 text-center text-meta ${grave ? 'rounded-control bg-danger-soft py-2.5 text-danger' : 'text-ink-2'}`}
    >
      {grave && <TriangleAlert size={17} aria-hidden className="shrink-0" />}
      <span dir="auto">{noticeText(notice, t)}</span>
      {notice.notice === 'not_done' && notice.retry && (
        <RetryOrDelete conversation={conversation} id={notice.id} />
      )}
    </div>
  );
}
