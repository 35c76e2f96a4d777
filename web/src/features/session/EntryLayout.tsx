/** The frame of the pages before someone is signed in. */
import { LockKeyhole } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTitle } from '../../app/title';
import { useT } from '../../i18n';

interface EntryLayoutProps {
  title: string;
  lead: string;
  children: ReactNode;
  /** Ways to the other pages. */
  footer?: ReactNode;
}

export function EntryLayout({ title, lead, children, footer }: EntryLayoutProps) {
  const t = useT();
  useTitle(title);
  return (
    <div className="relative h-full overflow-y-auto">
      <main className="mx-auto flex min-h-full w-full max-w-[25rem] animate-appear flex-col justify-center px-5 py-10 print:animate-none">
        <div className="flex items-center gap-2.5 print:hidden">
          <img src="/icon.svg" alt="" className="size-9" />
          <span className="text-title">{t('app.name')}</span>
        </div>
        <h1 className="mt-8 text-display print:mt-0">{title}</h1>
        <p className="mt-1.5 mb-7 text-ink-2">{lead}</p>
        {children}
        {footer && <div className="mt-6 flex flex-col gap-2 text-meta print:hidden">{footer}</div>}
        <p className="mt-10 flex items-start gap-2 text-ink-3 text-meta print:hidden">
          <LockKeyhole size={15} aria-hidden className="mt-0.5 shrink-0" />
          {t('entry.promise')}
        </p>
      </main>
    </div>
  );
}
