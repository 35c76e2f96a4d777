/** Walks through rows of eight, which begin anew in each section. */
const COLUMNS = 8;

/** The button that an arrow key leads to from the one that has focus. */
export function nextCell(grid: HTMLElement, key: string): HTMLElement | undefined {
  const sections = [...grid.querySelectorAll('[data-cells]')].map((section) => [
    ...section.querySelectorAll<HTMLElement>('[data-cell]'),
  ]);
  const focused = document.activeElement as HTMLElement;
  const at = sections.findIndex((cells) => cells.includes(focused));
  const cells = sections[at];
  if (!cells) return undefined;
  const flat = sections.flat();
  const towards = document.documentElement.dir === 'rtl' ? -1 : 1;
  switch (key) {
    case 'ArrowRight':
      return flat[flat.indexOf(focused) + towards];
    case 'ArrowLeft':
      return flat[flat.indexOf(focused) - towards];
    case 'ArrowDown':
      return (
        below(cells, cells.indexOf(focused)) ?? sections[at + 1]?.[column(cells, focused, sections[at + 1])]
      );
    case 'ArrowUp':
      return above(cells, cells.indexOf(focused), sections[at - 1]);
    default:
      return undefined;
  }
}

function column(cells: HTMLElement[], focused: HTMLElement, next: HTMLElement[] | undefined): number {
  return Math.min(cells.indexOf(focused) % COLUMNS, (next?.length ?? 1) - 1);
}

/** In the next row of the section, or at its end if that is shorter. */
function below(cells: HTMLElement[], index: number): HTMLElement | undefined {
  const lastRow = Math.floor((cells.length - 1) / COLUMNS);
  if (Math.floor(index / COLUMNS) === lastRow) return undefined;
  return cells[index + COLUMNS] ?? cells.at(-1);
}

/** In the row before, which may be the last one of the section before. */
function above(
  cells: HTMLElement[],
  index: number,
  before: HTMLElement[] | undefined,
): HTMLElement | undefined {
  if (index >= COLUMNS) return cells[index - COLUMNS];
  if (!before) return undefined;
  const lastRow = Math.floor((before.length - 1) / COLUMNS) * COLUMNS;
  return before[lastRow + (index % COLUMNS)] ?? before.at(-1);
}
