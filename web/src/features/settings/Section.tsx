import type { ReactNode } from 'react';

/** A part of the settings. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <h3 className="font-semibold text-ink-2 text-meta">{title}</h3>
      <div className="flex flex-col gap-4 rounded-bubble border border-line bg-raised px-4.5 py-4">
        {children}
      </div>
    </section>
  );
}
