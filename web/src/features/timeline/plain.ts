/** What a message says without its marks and in one line, for where it is only named. */
import type { Block, Message } from '../../sdk/types';

export function plain({ body, text }: Pick<Message, 'body' | 'text'>): string {
  return body.length > 0 ? all(body) : text;
}

function all(blocks: Block[]): string {
  return blocks.map(said).join(' ');
}

function said(block: Block): string {
  switch (block.block) {
    case 'paragraph':
      return block.spans.map((span) => span.text).join('');
    case 'quotation':
      return all(block.blocks);
    case 'list':
      return all(block.items.flat());
    case 'code':
      return block.text;
  }
}
