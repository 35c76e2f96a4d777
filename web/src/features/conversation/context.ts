/** What the parts of an open conversation share: what it is, what the composer answers or edits, and where to jump. */
import { createContext, useContext } from 'react';
import type { Message, TimelineItem } from '../../sdk/types';

export type MessageItem = TimelineItem & { content: { type: 'message' } & Message };

export function isMessage(item: TimelineItem | undefined): item is MessageItem {
  return item?.content.type === 'message';
}

/** What is written now belongs to another message. */
export interface Target {
  mode: 'reply' | 'edit';
  item: MessageItem;
}

/** An item to go to. Each wish is another object, so that the same item can be wished for again. */
export interface Jump {
  key: string;
}

export interface OpenConversation {
  conversation: string;
  name: string;
  /** Senders are named in groups; in a direct chat there is only one. */
  group: boolean;
  /** Whether something can be sent here now. */
  writable: boolean;
  target: Target | undefined;
  setTarget: (target: Target | undefined) => void;
  jump: (key: string) => void;
  /** The messages that are shown, for those who ask in an event. */
  shown: { current: TimelineItem[] };
}

const nothing = () => {};

export const ConversationContext = createContext<OpenConversation>({
  conversation: '',
  name: '',
  group: false,
  writable: false,
  target: undefined,
  setTarget: nothing,
  jump: nothing,
  shown: { current: [] },
});

export function useConversation(): OpenConversation {
  return useContext(ConversationContext);
}
