/** A text as the client took it apart. Nothing in it is ever taken for markup. */
import { Fragment, type ReactNode } from 'react';
import type { Block, Span } from '../../sdk/types';

interface BodyProps {
  blocks: Block[];
  /** Stands on the accent-coloured bubble. */
  own: boolean;
  /** Follows the last line where there is room, else stands below. */
  end: ReactNode;
}

export function Body({ blocks, own, end }: BodyProps) {
  const last = blocks.length - 1;
  const inline = blocks[last]?.block === 'paragraph';
  return (
    <div className="flex flex-col gap-1.5">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place
        <BlockView key={index} block={block} own={own} end={inline && index === last ? end : null} />
      ))}
      {!inline && <div className="flow-root h-4.5 [margin-top:-0.25rem]">{end}</div>}
    </div>
  );
}

function BlockView({ block, own, end = null }: { block: Block; own: boolean; end?: ReactNode }) {
  switch (block.block) {
    case 'paragraph':
      return (
        <p dir="auto" className="flow-root whitespace-pre-wrap">
          <span>
            <Spans spans={block.spans} own={own} />
          </span>
          {end}
        </p>
      );
    case 'quotation':
      return (
        <blockquote
          dir="auto"
          className={`flex flex-col gap-1 border-s-[3px] ps-2.5 ${own ? 'border-own-ink-2/60' : 'border-line-strong/50'}`}
        >
          <Blocks blocks={block.blocks} own={own} />
        </blockquote>
      );
    case 'list':
      return <List block={block} own={own} />;
    case 'code':
      return (
        // What scrolls must be reachable by keyboard.
        <pre
          dir="ltr"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
          tabIndex={0}
          className={`overflow-x-auto rounded-[10px] px-2.5 py-2 font-mono text-meta ${own ? 'bg-own-deep' : 'bg-ink/6'}`}
        >
          <code>{block.text}</code>
        </pre>
      );
  }
}

function Blocks({ blocks, own }: { blocks: Block[]; own: boolean }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place
  return blocks.map((block, index) => <BlockView key={index} block={block} own={own} />);
}

function List({ block, own }: { block: Extract<Block, { block: 'list' }>; own: boolean }) {
  const items = block.items.map((blocks, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity but their place
    <li key={index}>
      <Blocks blocks={blocks} own={own} />
    </li>
  ));
  if (block.start === null) {
    return (
      <ul dir="auto" className="list-disc ps-5">
        {items}
      </ul>
    );
  }
  return (
    <ol dir="auto" start={block.start} className="list-decimal ps-6 tabular-nums">
      {items}
    </ol>
  );
}

export function Spans({ spans, own }: { spans: Span[]; own: boolean }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: runs have no identity but their place
  return spans.map((span, index) => <Fragment key={index}>{run(span, own)}</Fragment>);
}

function run(span: Span, own: boolean): ReactNode {
  let content: ReactNode = span.text;
  if (span.code) content = <Code own={own}>{content}</Code>;
  if (span.strike) content = <s>{content}</s>;
  if (span.italic) content = <em>{content}</em>;
  if (span.bold) content = <strong className="font-semibold">{content}</strong>;
  if (span.mention) content = <Mention span={span} own={own} />;
  if (span.link) content = <Address href={span.link}>{content}</Address>;
  return content;
}

function Code({ own, children }: { own: boolean; children: ReactNode }) {
  return (
    <code className={`rounded-[5px] px-1 py-px font-mono text-[0.875em] ${own ? 'bg-own-deep' : 'bg-ink/7'}`}>
      {children}
    </code>
  );
}

function Mention({ span, own }: { span: Span; own: boolean }) {
  return (
    <bdi
      title={`@${span.mention?.username}`}
      className={`font-semibold ${own ? 'text-own-ink' : 'text-accent'}`}
    >
      {span.text}
    </bdi>
  );
}

/** An address that the client found; it leads away from the app and tells nothing about it. */
function Address({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      className="underline decoration-1 underline-offset-2 [unicode-bidi:isolate] hover:decoration-2"
    >
      {children}
    </a>
  );
}

/** Up to three emoji and nothing else are shown large. */
const FEW_EMOJI = /^\p{RGI_Emoji}{1,3}$/v;

export function isFewEmoji(blocks: Block[]): boolean {
  const [only, ...more] = blocks;
  if (only?.block !== 'paragraph' || more.length > 0) return false;
  const [span, ...others] = only.spans;
  return span !== undefined && others.length === 0 && !span.link && FEW_EMOJI.test(span.text.trim());
}
