/** Arrow keys choose among options while the focus stays in the field above them. */
import { type KeyboardEvent, useEffect, useId, useState } from 'react';

export function useOptions(count: number, choose: (index: number) => void) {
  const id = useId();
  const [wanted, setWanted] = useState(0);
  const active = count === 0 ? -1 : Math.min(wanted, count - 1);
  const idOf = (index: number) => `${id}-${index}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the active option only
  useEffect(() => {
    document.getElementById(idOf(active))?.scrollIntoView?.({ block: 'nearest' });
  }, [active]);

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing || count === 0) return;
    if (event.key === 'ArrowDown' && !event.altKey) setWanted((active + 1) % count);
    else if (event.key === 'ArrowUp' && !event.altKey) setWanted((active - 1 + count) % count);
    else if (event.key === 'Enter') choose(active);
    else return;
    event.preventDefault();
  }

  return {
    active,
    /** To begin from the first option again, when what is searched changes. */
    reset: () => setWanted(0),
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
      onPointerMove: () => setWanted(index),
      onClick: () => choose(index),
    }),
  };
}
