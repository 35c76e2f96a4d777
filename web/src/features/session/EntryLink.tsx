import { Link } from 'wouter';

/** A question and the way to the page that answers it. */
export function EntryLink({
  href,
  question,
  children,
}: {
  href: string;
  question: string;
  children: string;
}) {
  return (
    <p className="text-ink-2">
      {question}{' '}
      <Link href={href} className="font-medium text-accent underline-offset-2 hover:underline">
        {children}
      </Link>
    </p>
  );
}
