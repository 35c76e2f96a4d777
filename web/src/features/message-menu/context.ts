/** Opens what belongs to a message. Rows ask; the timeline shows it, since rows come and go with scrolling. */
import { createContext, useContext } from 'react';
import type { MenuPlace } from '../../ui/Menu';

export type Overlay =
  | { show: 'menu' | 'react'; key: string; place: MenuPlace }
  | { show: 'emoji'; key: string; place: DOMRect }
  /** The pictures and videos of a message, beginning with this one. */
  | { show: 'viewer'; key: string; first: number }
  | { show: DialogName; key: string };

export type DialogName = 'delete' | 'forward' | 'info' | 'report' | 'reactions' | 'votes';

export const OverlayContext = createContext<(overlay: Overlay) => void>(() => {});

export function useOverlay(): (overlay: Overlay) => void {
  return useContext(OverlayContext);
}
