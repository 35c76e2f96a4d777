import { Fragment } from 'react';
import { type MessageId, useT } from '../../i18n';

const CONTROL = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

const KEYS: [string[], MessageId][] = [
  [[CONTROL, 'K'], 'keys.search'],
  [['Alt', '↑'], 'keys.previous'],
  [['Alt', '↓'], 'keys.next'],
  [['Enter'], 'keys.send'],
  [['Shift', 'Enter'], 'keys.break'],
  [['Esc'], 'keys.close'],
  [['?'], 'keys.help'],
];

/** The keys that work everywhere. */
export function KeyList() {
  const t = useT();
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2.5 text-[0.875rem]">
      {KEYS.map(([keys, id]) => (
        <Fragment key={id}>
          <dt className="text-ink-2">{t(id)}</dt>
          <dd className="flex justify-end gap-1">
            {keys.map((key) => (
              <kbd
                key={key}
                className="rounded-tight border border-line bg-background px-1.5 font-sans text-[0.75rem] leading-5"
              >
                {key}
              </kbd>
            ))}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
