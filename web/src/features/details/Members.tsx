/** Who is in a group, and what admins can do with each. */
import {
  BadgeCheck,
  MessageCircle,
  ShieldCheck,
  ShieldOff,
  UserRoundCheck,
  UserRoundMinus,
  UserRoundPlus,
} from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Details, DetailsMember } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Menu, MenuItem, MenuLine, type MenuPlace } from '../../ui/Menu';
import { TextField } from '../../ui/TextField';
import { useToast } from '../../ui/Toast';
import { PersonRow } from '../new-chat/PersonRow';
import { useStartDirect } from '../new-chat/people';

/** From how many members on there is a field to find one, and how many are drawn at once. */
const FIND_FROM = 12;
const DRAWN = 50;

interface MembersProps {
  details: Details;
  onAdd: () => void;
  onVerify: (account: string) => void;
  onClose: () => void;
}

export function Members({ details, onAdd, onVerify, onClose }: MembersProps) {
  const t = useT();
  const [typed, setTyped] = useState('');
  const [drawn, setDrawn] = useState(DRAWN);
  const wanted = typed.trim().toLocaleLowerCase();
  const found = details.members.filter(({ person }) =>
    `${person.display_name} ${person.username}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <section aria-label={t('details.people')}>
      <h3 className="pb-1.5 font-semibold text-ink-2 text-meta">{t('details.people')}</h3>
      {details.members.length >= FIND_FROM && (
        <div className="pb-2">
          <TextField
            label={t('details.find_member')}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </div>
      )}
      <div className="-mx-2.5">
        {details.may_add && (
          <button
            type="button"
            data-view="add"
            onClick={onAdd}
            className="flex w-full items-center gap-3 rounded-row px-2.5 py-2 text-start font-medium text-accent transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
          >
            <span className="inline-flex size-10 items-center justify-center rounded-full bg-accent-soft">
              <UserRoundPlus size={19} aria-hidden />
            </span>
            {t('details.add')}
          </button>
        )}
        <ul>
          {found.slice(0, drawn).map((member) => (
            <li key={member.person.account}>
              <Member details={details} member={member} onVerify={onVerify} onClose={onClose} />
            </li>
          ))}
        </ul>
        {found.length > drawn && (
          <Button look="quiet" className="mx-2.5" onClick={() => setDrawn(drawn + DRAWN * 4)}>
            {t('details.more_members', { count: found.length - drawn })}
          </Button>
        )}
      </div>
    </section>
  );
}

interface MemberProps {
  details: Details;
  member: DetailsMember;
  onVerify: (account: string) => void;
  onClose: () => void;
}

function Member({ details, member, onVerify, onClose }: MemberProps) {
  const t = useT();
  const [menu, setMenu] = useState<MenuPlace>();
  const [removing, setRemoving] = useState(false);
  const run = useCommand();
  const { person, admin, me, verified, successor, waiting } = member;
  const waits = waiting && t(`details.waiting_${waiting}`);
  const former = successor && t('member.former');
  const roles = [me && t('details.you'), former, admin && t('details.admin'), waits].filter(Boolean);
  const end = (
    <span className="flex shrink-0 items-center gap-1.5 text-ink-2 text-meta">
      {roles.join(', ')}
      {verified && <BadgeCheck size={16} role="img" aria-label={t('safety.badge')} className="text-accent" />}
    </span>
  );
  // Who is being added is no member yet: nothing can be done with them.
  if (me || waiting === 'add') return <PersonRow person={person} end={end} />;
  return (
    <>
      <PersonRow
        person={person}
        end={end}
        menuOpen={menu !== undefined}
        onClick={(event) => setMenu(event.currentTarget.getBoundingClientRect())}
      />
      {menu && (
        <MemberMenu
          details={details}
          member={member}
          place={menu}
          onRemove={() => setRemoving(true)}
          onVerify={() => onVerify(person.account)}
          onLeave={onClose}
          onClose={() => setMenu(undefined)}
        />
      )}
      {removing && (
        <ConfirmDialog
          title={t('member.remove_title', { name: person.display_name })}
          text={t('member.remove_text')}
          action={t('member.remove_confirm')}
          run={() =>
            run({
              command: 'remove_members',
              conversation: details.conversation,
              members: [person.account],
            })
          }
          onDone={() => setRemoving(false)}
          onCancel={() => setRemoving(false)}
        />
      )}
    </>
  );
}

interface MemberMenuProps {
  details: Details;
  member: DetailsMember;
  place: MenuPlace;
  onRemove: () => void;
  onVerify: () => void;
  /** Another chat is opened. */
  onLeave: () => void;
  onClose: () => void;
}

function MemberMenu({ details, member, place, onRemove, onVerify, onLeave, onClose }: MemberMenuProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const start = useStartDirect();
  const { person, admin, successor } = member;

  async function message() {
    onClose();
    const failure = await start((successor ?? person).account);
    if (failure) toast(failureText(failure));
    else onLeave();
  }

  async function setAdmin() {
    onClose();
    const outcome = await run({
      command: 'set_admin',
      conversation: details.conversation,
      account: person.account,
      admin: !admin,
    });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  async function replace() {
    onClose();
    const { conversation } = details;
    const outcome = await run({ command: 'replace_member', conversation, account: person.account });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  return (
    <Menu label={person.display_name} place={place} onClose={onClose}>
      <MenuItem icon={MessageCircle} onSelect={() => void message()}>
        {t('member.message')}
      </MenuItem>
      <MenuItem
        icon={BadgeCheck}
        onSelect={() => {
          onClose();
          onVerify();
        }}
      >
        {t('safety.title')}
      </MenuItem>
      {details.admin && successor && (
        <MenuItem icon={UserRoundCheck} onSelect={() => void replace()}>
          {t('member.replace')}
        </MenuItem>
      )}
      {details.admin && (
        <>
          {!successor && (
            <MenuItem icon={admin ? ShieldOff : ShieldCheck} onSelect={() => void setAdmin()}>
              {t(admin ? 'member.dismiss_admin' : 'member.make_admin')}
            </MenuItem>
          )}
          <MenuLine />
          <MenuItem
            icon={UserRoundMinus}
            danger
            onSelect={() => {
              onClose();
              onRemove();
            }}
          >
            {t('member.remove')}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
