import { RowSkeletons, Skeleton } from '../ui/Skeleton';

/** The shape of the app while the client starts. */
export function StartingPage() {
  return (
    <div className="flex h-full" aria-busy="true">
      <div className="w-full border-line px-2 pt-5 wide:w-[clamp(17rem,27vw,21.25rem)] wide:border-e">
        <Skeleton className="mx-2 mb-5 h-6 w-28" />
        <RowSkeletons />
      </div>
      <div className="hidden flex-1 bg-surface wide:block" />
    </div>
  );
}
