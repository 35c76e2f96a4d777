import { Fragment } from 'react';
import { type MessageId, useT } from '../../i18n';

const CONTROL = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

type Keys = [string[], MessageId][];

const GROUPS: [MessageId, Keys][] = [
  [
    'keys.everywhere',
    [
      [[CONTROL, 'K'], 'keys.search'],
      [['Alt', '↑'], 'keys.previous'],
      [['Alt', '↓'], 'keys.next'],
      [['Shift', 'F10'], 'keys.menu'],
      [['?'], 'keys.help'],
    ],
  ],
  [
    'keys.in_chat',
    [
      [[CONTROL, 'F'], 'keys.search_here'],
      [['Enter'], 'keys.send'],
      [['Shift', 'Enter'], 'keys.break'],
      [['↑'], 'keys.edit'],
      [['Esc'], 'keys.close'],
    ],
  ],
];

/** The keys that work in the app. */
export function KeyList() {
  const t = useT();
  return (
    <div className="flex flex-col gap-5">
      {GROUPS.map(([title, keys]) => (
        <section key={title} aria-label={t(title)} className="flex flex-col gap-2.5">
          <p aria-hidden className="font-semibold text-meta">
            {t(title)}
          </p>
          <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2.5 text-[0.875rem]">
            {keys.map(([combination, id]) => (
              <Fragment key={id}>
                <dt className="text-ink-2">{t(id)}</dt>
                <dd className="flex items-start justify-end gap-1" dir="ltr">
                  {combination.map((key) => (
                    <kbd
                      key={key}
                      className="min-w-6 rounded-tight border border-line bg-background px-1.5 text-center font-sans text-[0.75rem] leading-5"
                    >
                      {key}
                    </kbd>
                  ))}
                </dd>
              </Fragment>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
