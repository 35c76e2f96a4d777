/** What of the person's history the server keeps for their devices. */
import { useSnapshot } from '../../sdk/store';
import type { Archive } from '../../sdk/types';

export function useArchive(): Archive | undefined {
  return useSnapshot({ type: 'archive' }) ?? undefined;
}

/** Whether messages that were said before this device came are still on their way. */
export function useIsRestoring(): boolean {
  const archive = useArchive();
  return archive !== undefined && archive.restored < archive.total;
}
