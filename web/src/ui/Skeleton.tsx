/** Stands where content will be, in its shape, while it is read. */
export function Skeleton({ className = '', round = false }: { className?: string; round?: boolean }) {
  const shape = round ? 'rounded-full' : 'rounded-tight';
  return <div aria-hidden className={`animate-breathe bg-badge ${shape} ${className}`} />;
}

export function RowSkeleton() {
  return (
    <div className="flex items-center gap-3 px-2.5 py-2.5">
      <Skeleton round className="size-12" />
      <div className="flex flex-1 flex-col gap-2">
        <Skeleton className="h-3.5 w-2/5" />
        <Skeleton className="h-3 w-4/5" />
      </div>
    </div>
  );
}

/** A list of which nothing is known yet. */
export function RowSkeletons() {
  return ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => <RowSkeleton key={key} />);
}
