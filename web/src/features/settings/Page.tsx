import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useT } from '../../i18n';

interface PageProps {
  title: string;
  /** The page that this one belongs to; the chats, where they are not beside it, if it is none's. */
  back?: { href: string; label: string };
  children: ReactNode;
}

/** The frame of the pages of settings. */
export function Page({ title, back, children }: PageProps) {
  const t = useT();
  return (
    <div className="relative h-full overflow-y-auto">
      <div className="mx-auto flex w-full max-w-[38rem] animate-appear flex-col gap-8 px-5 pt-4 pb-12">
        <header className="flex items-center gap-2">
          <Link
            href={back?.href ?? '/'}
            aria-label={back?.label ?? t('nav.back')}
            className={`-ms-2 inline-flex size-9 items-center justify-center rounded-control text-ink-2 hover:bg-hover ${back ? '' : 'wide:hidden'}`}
          >
            <ArrowLeft size={20} aria-hidden className="rtl:rotate-180" />
          </Link>
          <h2 className="text-title">{title}</h2>
        </header>
        {children}
      </div>
    </div>
  );
}
