/** Draws a part of a conversation as if one were open. */
import { type ReactNode, useRef, useState } from 'react';
import { ConversationContext, type Target } from '../features/conversation/context';
import { Overlays } from '../features/message-menu/Overlays';
import type { TimelineItem } from '../sdk/types';

interface InConversationProps {
  children?: ReactNode;
  group?: boolean;
  writable?: boolean;
  /** The messages there are. */
  items?: TimelineItem[];
  onJump?: (key: string) => void;
}

export function InConversation({
  children,
  group = false,
  writable = true,
  items = [],
  onJump = () => {},
}: InConversationProps) {
  const [target, setTarget] = useState<Target>();
  const shown = useRef(items);
  shown.current = items;
  const open = { conversation: 'c', name: 'Mara', group, writable, target, setTarget, jump: onJump, shown };
  return (
    <ConversationContext value={open}>
      <Overlays items={items}>{children}</Overlays>
    </ConversationContext>
  );
}
