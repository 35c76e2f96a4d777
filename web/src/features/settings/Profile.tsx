/** The own name and picture, as others see them. */
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { TextField } from '../../ui/TextField';
import { useToast } from '../../ui/Toast';
import { changeOf } from '../picture/change';
import { type CutPicture, PERSON_LIMIT } from '../picture/crop';
import { PictureField } from '../picture/PictureField';

export function Profile({ me }: { me: Person }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const [name, setName] = useState(me.display_name);
  const [picture, setPicture] = useState<CutPicture | null>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const changed = name.trim() !== me.display_name || picture !== undefined;

  async function save(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const outcome = await run({
      command: 'set_profile',
      display_name: name.trim(),
      picture: changeOf(picture),
    });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    setFailure(undefined);
    setPicture(undefined);
    toast(t('profile.saved'));
  }

  return (
    <form onSubmit={save} className="flex flex-col gap-4">
      {failure && failure.kind !== 'invalid-name' && <Callout kind="error">{failureText(failure)}</Callout>}
      <PictureField
        id={me.account}
        name={me.display_name}
        picture={me.picture}
        change={picture}
        limit={PERSON_LIMIT}
        onChange={setPicture}
      />
      <TextField
        label={t('field.display_name')}
        hint={t('profile.username', { username: me.username })}
        error={failure?.kind === 'invalid-name' ? failureText(failure) : undefined}
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={64}
        autoComplete="name"
        dir="auto"
        required
      />
      {changed && (
        <div className="flex flex-wrap justify-end gap-2">
          <Button
            look="quiet"
            onClick={() => {
              setName(me.display_name);
              setPicture(undefined);
              setFailure(undefined);
            }}
          >
            {t('dialog.cancel')}
          </Button>
          <Button type="submit" busy={busy} disabled={!name.trim()}>
            {t('dialog.save')}
          </Button>
        </div>
      )}
    </form>
  );
}
