/** Where messages are written. What is not sent stays as a draft of its conversation. */
import { ArrowUp, ChartBarBig, Check, Mic, Smile } from 'lucide-react';
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { newId } from '../../sdk/client';
import { useCommand } from '../../sdk/store';
import { IconButton } from '../../ui/Button';
import { useToast } from '../../ui/Toast';
import { isMessage, type Target, useConversation } from '../conversation/context';
import { EmojiPopover } from '../emoji/EmojiPopover';
import { AttachMenu } from '../media/AttachMenu';
import { DropZone } from '../media/DropZone';
import { useMediaComposer } from '../media/send';
import { TrayBar } from '../media/TrayBar';
import { VoiceRecorder } from '../media/VoiceRecorder';
import { PollDialog } from '../poll/PollDialog';
import { COMPOSER_FIELD } from '../timeline/keys';
import { editedText, keepEditedText } from './begun';
import { useDraft } from './draft';
import { LengthNote, tooLong } from './length';
import { MentionList, useMentions } from './mentions';
import { TargetBar } from './TargetBar';

/** It grows to this height, then scrolls; in pixels. */
const TALLEST = 200;

/** The text: of the message that is edited, else the draft. Whatever was begun stays while another is edited. */
function useText(conversation: string, target: Target | undefined) {
  const [draft, setDraft] = useDraft(conversation);
  const [edited, setEdited] = useState('');
  const edits = target?.mode === 'edit' ? target : undefined;
  const [editing, setEditing] = useState<string>();
  if (edits?.item.key !== editing) {
    setEditing(edits?.item.key);
    setEdited(edits ? editedText(conversation, edits) : '');
  }
  function edit(text: string) {
    keepEditedText(conversation, text);
    setEdited(text);
  }
  return edits ? { text: edited, setText: edit } : { text: draft, setText: setDraft };
}

export function Composer() {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const field = useRef<HTMLTextAreaElement>(null);
  const { conversation, name, target, setTarget, shown } = useConversation();
  const { text, setText } = useText(conversation, target);
  const tellTyping = useTyping(conversation);
  const [place, setPlace] = useState<DOMRect>();
  const [asking, setAsking] = useState(false);
  const edits = target?.mode === 'edit';
  const media = useMediaComposer(conversation);
  const written = text.trim() !== '';
  const empty = !written && (edits || media.tray.chosen.length === 0);
  const waits = !edits && !media.isReady;
  const insert = useInsert(field, text, setText);
  const mentions = useMentions({ field, text, insert });
  useHeight(field, text);
  useFocusOnTarget(field, target);

  async function send() {
    if (empty || waits || tooLong(text)) return;
    tellTyping(false);
    field.current?.focus();
    const failure = target?.mode === 'edit' ? await edit(target) : await sendNew();
    if (failure) toast(failureText(failure));
  }

  async function edit({ item }: Target) {
    const changed = text.trim();
    if (changed !== item.content.text) {
      const outcome = await run({ command: 'edit_text', conversation, key: item.key, text: changed });
      if (!outcome.ok) return outcome.failure;
    }
    setTarget(undefined);
    return undefined;
  }

  /** The field is free at once; what was refused comes back. */
  async function sendNew() {
    setText('');
    setTarget(undefined);
    const reply = target?.item.key ?? null;
    const message = { conversation, id: newId(), text: text.trim(), reply_to: reply };
    const outcome =
      media.tray.chosen.length > 0
        ? await media.send(message)
        : await run({ command: 'send_text', ...message });
    if (outcome.ok) return undefined;
    setTarget(target);
    setText(text);
    return outcome.failure;
  }

  function editLast() {
    const last = shown.current.filter(isMessage).findLast((item) => item.content.may_edit);
    if (last) setTarget({ mode: 'edit', item: last });
    return last !== undefined;
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing || mentions.onKeyDown(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) void send();
    else if (event.key === 'Escape' && target) setTarget(undefined);
    else if (event.key === 'ArrowUp' && text === '' && !target && editLast()) return event.preventDefault();
    else return;
    event.preventDefault();
  }

  const label = t('composer.label', { name });
  return (
    <>
      <form
        className="mx-auto w-full max-w-[47.5rem] px-2.5 pb-3 wide:px-0 wide:pb-4.5"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <div className="relative rounded-composer border border-line bg-raised shadow-float focus-within:border-accent/60">
          <MentionList mentions={mentions} />
          {target && <TargetBar target={target} onCancel={() => setTarget(undefined)} />}
          {!edits && media.tray.chosen.length > 0 && <TrayBar tray={media.tray} />}
          {media.recording && (
            <VoiceRecorder
              onClose={() => media.record(false)}
              onDone={(voice) => {
                setTarget(undefined);
                void media.sendVoice(voice, target?.item.key ?? null);
              }}
            />
          )}
          <div className={`flex items-end gap-1 ps-4.5 pe-1.5 ${media.recording ? 'hidden' : ''}`}>
            <textarea
              {...mentions.aria}
              ref={field}
              id={COMPOSER_FIELD}
              rows={1}
              dir="auto"
              aria-label={label}
              aria-describedby="composer-length"
              placeholder={label}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                mentions.look();
                tellTyping(event.target.value.trim() !== '');
              }}
              onSelect={mentions.look}
              onBlur={() => tellTyping(false)}
              onKeyDown={onKeyDown}
              onPaste={(event) => {
                const files = [...event.clipboardData.files];
                if (edits || files.length === 0) return;
                event.preventDefault();
                media.add(files);
              }}
              enterKeyHint="send"
              autoFocus={matchMedia('(min-width: 700px)').matches}
              className="min-h-12 min-w-0 flex-1 resize-none bg-transparent py-3 leading-[1.375rem] outline-none placeholder-shown:truncate placeholder:truncate placeholder:text-ink-3"
            />
            <Tools
              onEmoji={setPlace}
              onPoll={() => setAsking(true)}
              onFiles={edits ? undefined : media.add}
            />
            {empty && !edits ? (
              <RecordButton onClick={() => media.record(true)} />
            ) : (
              <SendButton editing={edits} disabled={empty || waits || tooLong(text)} />
            )}
          </div>
          <LengthNote text={text} />
        </div>
      </form>
      {/* Outside of the form: they have fields of their own. */}
      {place && (
        <EmojiPopover
          place={place}
          onClose={() => setPlace(undefined)}
          onPick={(emoji) => {
            setPlace(undefined);
            insert(emoji);
          }}
        />
      )}
      {!edits && <DropZone onFiles={media.add} />}
      {asking && <PollDialog conversation={conversation} onClose={() => setAsking(false)} />}
    </>
  );
}

function RecordButton({ onClick }: { onClick: () => void }) {
  const t = useT();
  return (
    <IconButton label={t('media.record')} onClick={onClick} className="ms-1 mb-1.5 rounded-full!">
      <Mic size={20} aria-hidden />
    </IconButton>
  );
}

function SendButton({ editing, disabled }: { editing: boolean; disabled: boolean }) {
  const t = useT();
  const label = t(editing ? 'composer.save' : 'composer.send');
  const Icon = editing ? Check : ArrowUp;
  return (
    <button
      type="submit"
      aria-label={label}
      title={label}
      disabled={disabled}
      className="mb-1.5 ms-1 inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink transition hover:bg-accent-strong disabled:bg-transparent disabled:text-ink-3"
    >
      <Icon size={19} aria-hidden />
    </button>
  );
}

interface ToolsProps {
  onEmoji: (place: DOMRect) => void;
  onPoll: () => void;
  /** Nothing where files cannot be put into what is written. */
  onFiles: ((files: File[], original: boolean) => void) | undefined;
}

/** What else can be put into a message, or sent. */
function Tools({ onEmoji, onPoll, onFiles }: ToolsProps) {
  const t = useT();
  return (
    <>
      {onFiles && <AttachMenu onFiles={onFiles} />}
      <IconButton label={t('poll.new')} onClick={onPoll} className="mb-1.5 rounded-full!">
        <ChartBarBig size={19} aria-hidden />
      </IconButton>
      <IconButton
        label={t('emoji.title')}
        aria-haspopup="dialog"
        onClick={(event) => onEmoji(event.currentTarget.getBoundingClientRect())}
        className="mb-1.5 rounded-full!"
      >
        <Smile size={20} aria-hidden />
      </IconButton>
    </>
  );
}

/** Puts text where the caret is, in place of what was chosen or of the `before` characters in front of it. */
function useInsert(
  field: { current: HTMLTextAreaElement | null },
  text: string,
  setText: (text: string) => void,
) {
  const caret = useRef<number>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caret is set once the text is there
  useLayoutEffect(() => {
    if (caret.current === undefined) return;
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [text]);
  return (inserted: string, before = 0) => {
    const { selectionStart: from = text.length, selectionEnd: to = text.length } = field.current ?? {};
    const head = text.slice(0, from - before) + inserted;
    caret.current = head.length;
    setText(head + text.slice(to));
    field.current?.focus();
  };
}

function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, TALLEST)}px`;
}

/** As high as its text is, which is higher where there is less room for a line. */
function useHeight(field: { current: HTMLTextAreaElement | null }, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    if (field.current) grow(field.current);
  }, [text]);
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      grow(element);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [field]);
}

/** Whoever chose to answer or edit goes on by writing. */
function useFocusOnTarget(field: { current: HTMLTextAreaElement | null }, target: Target | undefined): void {
  useEffect(() => {
    if (!target) return;
    // After the menu that this was chosen in has given the focus back.
    const timer = setTimeout(() => {
      const element = field.current;
      // Who writes already keeps what they have chosen since.
      if (!element || element === document.activeElement) return;
      element.focus();
      element.setSelectionRange(element.value.length, element.value.length);
    });
    return () => clearTimeout(timer);
  }, [field, target]);
}

/** Tells the client about typing at each key, which is what it asks for, and once about no longer typing. */
function useTyping(conversation: string): (typing: boolean) => void {
  const run = useCommand();
  const told = useRef(false);
  const tell = useCallback(
    (typing: boolean) => {
      if (!typing && !told.current) return;
      told.current = typing;
      void run({ command: 'set_typing', conversation, typing });
    },
    [conversation, run],
  );
  useEffect(() => () => tell(false), [tell]);
  return tell;
}
