/** Chooses an emoji: by searching, by category, or among those used last. */
import {
  Clock3,
  Coffee,
  Flag,
  Hand,
  Hash,
  Lightbulb,
  type LucideIcon,
  PawPrint,
  Plane,
  Search,
  Smile,
  Trophy,
} from 'lucide-react';
import { type KeyboardEvent, memo, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { type Translate, useLocale, useT } from '../../i18n';
import {
  type Emoji,
  findEmoji,
  type Group,
  loadEmoji,
  recentEmoji,
  rememberEmoji,
  skinTone,
  withTone,
} from './emoji';
import { nextCell } from './grid';
import { SkinTones } from './SkinTones';

type SectionName = Group | 'recent' | 'found';

const ICONS: Record<Exclude<SectionName, 'found'>, LucideIcon> = {
  recent: Clock3,
  smileys: Smile,
  people: Hand,
  animals: PawPrint,
  food: Coffee,
  travel: Plane,
  activities: Trophy,
  objects: Lightbulb,
  symbols: Hash,
  flags: Flag,
};

interface Cell {
  text: string;
  label: string;
}

interface Section {
  name: SectionName;
  cells: Cell[];
}

function sections(all: Emoji[], typed: string, tone: number, recent: string[]): Section[] {
  const cell = (emoji: Emoji) => ({ text: withTone(emoji, tone), label: emoji.label });
  if (typed.trim()) return [{ name: 'found', cells: findEmoji(all, typed).map(cell) }];
  const labels = new Map(
    all.flatMap((emoji) => [emoji.text, ...(emoji.tones ?? [])].map((text) => [text, emoji.label])),
  );
  const used = recent.flatMap((text) => ({ text, label: labels.get(text) ?? text }));
  const groups = (Object.keys(ICONS) as (Group | 'recent')[]).map((name) => ({
    name,
    cells: name === 'recent' ? used : all.filter((emoji) => emoji.group === name).map(cell),
  }));
  return groups.filter(({ cells }) => cells.length > 0);
}

export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const t = useT();
  const locale = useLocale();
  const [all, setAll] = useState<Emoji[] | 'failed'>();
  const [typed, setTyped] = useState('');
  const [tone, setTone] = useState(skinTone);
  const [recent] = useState(recentEmoji);
  const search = useDeferredValue(typed);
  const grid = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let current = true;
    loadEmoji(locale).then(
      (emoji) => current && setAll(emoji),
      () => current && setAll('failed'),
    );
    return () => {
      current = false;
    };
  }, [locale]);

  const shown = useMemo(
    () => (Array.isArray(all) ? sections(all, search, tone, recent) : []),
    [all, search, tone, recent],
  );

  function pick(text: string) {
    rememberEmoji(text);
    onPick(text);
  }

  function onSearchKey(event: KeyboardEvent) {
    const first = grid.current?.querySelector<HTMLButtonElement>('[data-cell]');
    if (event.key === 'ArrowDown') first?.focus();
    else if (event.key === 'Enter' && typed.trim() && !event.nativeEvent.isComposing) first?.click();
    else return;
    event.preventDefault();
  }

  return (
    <div className="flex h-[25rem] max-h-[60dvh] flex-col">
      <div className="flex items-center gap-2 px-3 pt-3 pb-1.5">
        <search className="relative min-w-0 flex-1">
          <Search
            size={16}
            aria-hidden
            className="pointer-events-none absolute inset-y-0 start-3 my-auto text-ink-3"
          />
          <input
            type="text"
            aria-label={t('emoji.search')}
            placeholder={t('emoji.search')}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onSearchKey}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            className="h-9.5 w-full rounded-control border border-line-strong/60 bg-surface ps-9 pe-3 placeholder:text-ink-3 focus-visible:outline-offset-0"
          />
        </search>
        <SkinTones tone={tone} onChange={setTone} />
      </div>
      {!typed.trim() && <Categories shown={shown} grid={grid} />}
      <div ref={grid} className="relative min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {all === 'failed' && <p className="px-2 py-4 text-ink-2 text-meta">{t('emoji.failed')}</p>}
        {Array.isArray(all) && shown[0]?.cells.length === 0 && (
          <p className="px-2 py-4 text-ink-2 text-meta">{t('emoji.none')}</p>
        )}
        <Grid shown={shown} t={t} onPick={pick} />
      </div>
    </div>
  );
}

function sectionId(name: SectionName): string {
  return `emoji-${name}`;
}

function Categories({ shown, grid }: { shown: Section[]; grid: { current: HTMLElement | null } }) {
  const t = useT();
  return (
    <div
      role="toolbar"
      aria-label={t('emoji.categories')}
      className="flex justify-between border-line border-b px-2 pb-1.5"
    >
      {shown.map(({ name }) => {
        if (name === 'found') return null;
        const Icon = ICONS[name];
        return (
          <button
            key={name}
            type="button"
            aria-label={t(`emoji.${name}`)}
            title={t(`emoji.${name}`)}
            onClick={() => {
              const section = document.getElementById(sectionId(name));
              if (grid.current && section) grid.current.scrollTop = section.offsetTop;
            }}
            className="inline-flex size-8 items-center justify-center rounded-[9px] text-ink-2 transition-colors hover:bg-hover hover:text-ink"
          >
            <Icon size={17} aria-hidden />
          </button>
        );
      })}
    </div>
  );
}

interface GridProps {
  shown: Section[];
  t: Translate;
  onPick: (emoji: string) => void;
}

/** Drawn again only when other emoji are shown: there are many. */
const Grid = memo(GridView, (a, b) => a.shown === b.shown && a.t === b.t);

function GridView({ shown, t, onPick }: GridProps) {
  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const next = nextCell(event.currentTarget, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are a shortcut between buttons
    <div onKeyDown={onKeyDown}>
      {shown.map(({ name, cells }, index) => (
        <section
          key={name}
          id={sectionId(name)}
          aria-label={t(`emoji.${name}`)}
          data-cells
          className="[contain-intrinsic-size:auto_20rem] [content-visibility:auto]"
        >
          <h3 className="px-1.5 pt-2.5 pb-1 font-medium text-ink-2 text-meta">{t(`emoji.${name}`)}</h3>
          <div className="grid grid-cols-8">
            {cells.map(({ text, label }, at) => (
              <button
                key={text}
                type="button"
                data-cell
                tabIndex={index === 0 && at === 0 ? 0 : -1}
                aria-label={label}
                title={label}
                onClick={() => onPick(text)}
                className="inline-flex aspect-square items-center justify-center rounded-[10px] text-[1.4375rem] leading-none hover:bg-hover focus-visible:outline-offset-[-2px]"
              >
                {text}
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}
