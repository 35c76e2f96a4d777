/** What can be asked besides words; a press puts it into the field. */
import { type MessageId, useT } from '../../i18n';

const OPERATORS: [string, string, MessageId][] = [
  ['from:', 'from:mara', 'search.op_from'],
  ['in:', 'in:lake', 'search.op_in'],
  ['after:', 'after:2026-01-31', 'search.op_after'],
  ['before:', 'before:2026-12-31', 'search.op_before'],
  ['has:link ', 'has:link', 'search.op_has_link'],
  ['has:poll ', 'has:poll', 'search.op_has_poll'],
  ['"', '"third stone"', 'search.op_phrase'],
];

export function OperatorHelp({ here, onInsert }: { here: boolean; onInsert: (operator: string) => void }) {
  const t = useT();
  const shown = OPERATORS.filter(([operator]) => !here || operator !== 'in:');
  return (
    <section aria-label={t('search.help')}>
      <p className="px-2.5 pt-2 pb-3 text-ink-2 text-meta">{t('search.explain')}</p>
      <ul className="grid grid-cols-[minmax(0,auto)_minmax(0,1fr)]">
        {shown.map(([operator, example, meaning]) => (
          <li key={operator} className="contents">
            <button
              type="button"
              onClick={() => onInsert(operator)}
              className="col-span-2 grid grid-cols-subgrid items-baseline gap-x-4 rounded-row px-2.5 py-2 text-start transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
            >
              <code
                dir="ltr"
                className="break-words rounded-tight font-mono text-[0.8125rem] text-accent rtl:text-end"
              >
                {example}
              </code>
              <span className="text-[0.875rem] text-ink-2">{t(meaning)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
