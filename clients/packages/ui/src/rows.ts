import type { ComponentChildren } from "preact";

export type Direction = "ascending" | "descending";
export type Cell = string | number | boolean;

export interface Column<Row> {
  name: string;
  /** What is sorted and filtered by. */
  value: (row: Row) => Cell;
  /** What is shown, where it differs. */
  show?: (row: Row) => ComponentChildren;
  /** Names the value in the cell's tooltip, where `show` draws more than text. */
  title?: (row: Row) => string;
  numeric?: boolean;
  /** Whether it is one of the three fields of a card, on a phone. */
  card?: boolean;
}

/** Which rows are drawn: the first, one behind the last, and the heights that stand for the others. */
export interface Window {
  from: number;
  to: number;
  above: number;
  below: number;
}

/** Rows drawn beyond each edge of the view, so that scrolling and the arrow keys meet a row that is there. */
const SPARE = 8;

/** Choose the rows to draw of `count` rows of one height, for a view of `height` pixels scrolled down by `top`. */
export function windowOf(count: number, rowHeight: number, top: number, height: number): Window {
  const from = Math.max(0, Math.min(count, Math.floor(top / rowHeight)) - SPARE);
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + SPARE);
  return { from, to, above: from * rowHeight, below: (count - to) * rowHeight };
}

/** Select the rows that hold every word of the query in some column, and sort them; equal rows keep their order. */
export function selectRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  query: string,
  sort: { column: number; direction: Direction },
): Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (row: Row): string =>
    columns
      .map(({ value, show }) => `${value(row)} ${words.length ? written(show?.(row)) : ""}`)
      .join(" ")
      .toLowerCase();
  const found = words.length ? rows.filter((row) => includesAll(text(row), words)) : [...rows];
  const column = columns[sort.column];
  if (!column) return found;
  const sign = sort.direction === "ascending" ? 1 : -1;
  return found.sort((a, b) => sign * compare(column.value(a), column.value(b)));
}

function includesAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

/** What is shown as text can be searched; what is drawn cannot. */
function written(shown: ComponentChildren): string {
  return typeof shown === "string" || typeof shown === "number" ? String(shown) : "";
}

/** One for all: making the order of a language anew for every comparison costs a frame at ten thousand rows. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(a: Cell, b: Cell): number {
  if (typeof a === "string" && typeof b === "string") return collator.compare(a, b);
  return Number(a) - Number(b);
}
