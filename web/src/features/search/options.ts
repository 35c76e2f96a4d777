/** Arrow keys choose among options while the focus stays in the field above them. What was chosen stays so, wherever it moves. */
import { type KeyboardEvent, useEffect, useId, useState } from 'react';

export function useOptions(keys: string[], choose: (index: number) => void) {
  const id = useId();
  const [wanted, setWanted] = useState<{ key: string; index: number }>();
  const count = keys.length;
  const found = wanted ? keys.indexOf(wanted.key) : 0;
  // One that is no longer there leaves its place to another.
  const active = Math.min(found < 0 && wanted ? wanted.index : found, count - 1);
  const want = (index: number) => setWanted({ key: keys[index] ?? '', index });
  const idOf = (index: number) => `${id}-${index}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the active option only
  useEffect(() => {
    document.getElementById(idOf(active))?.scrollIntoView?.({ block: 'nearest' });
  }, [active]);

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing || count === 0) return;
    if (event.key === 'ArrowDown' && !event.altKey) want((active + 1) % count);
    else if (event.key === 'ArrowUp' && !event.altKey) want((active - 1 + count) % count);
    else if (event.key === 'Enter') choose(active);
    else return;
    event.preventDefault();
  }

  return {
    active,
    /** To begin from the first option again, when what is searched changes. */
    reset: () => setWanted(undefined),
    field: {
      role: 'combobox' as const,
      'aria-expanded': count > 0,
      'aria-controls': id,
      'aria-autocomplete': 'list' as const,
      'aria-activedescendant': active >= 0 ? idOf(active) : undefined,
      onKeyDown,
    },
    list: { id },
    option: (index: number) => ({
      id: idOf(index),
      role: 'option' as const,
      'aria-selected': index === active,
      onPointerMove: () => {
        if (index !== active) want(index);
      },
      onClick: () => choose(index),
    }),
  };
}
