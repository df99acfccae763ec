export type Direction = "ascending" | "descending";
export type Cell = string | number | boolean;

export interface Column<Row> {
  name: string;
  /** What is sorted and filtered by. */
  value: (row: Row) => Cell;
  /** What is shown, where it differs. */
  show?: (row: Row) => string;
  numeric?: boolean;
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
      .map(({ value, show }) => `${value(row)} ${show?.(row) ?? ""}`)
      .join(" ")
      .toLowerCase();
  const found = words.length ? rows.filter((row) => words.every((word) => text(row).includes(word))) : [...rows];
  const column = columns[sort.column];
  if (!column) return found;
  const sign = sort.direction === "ascending" ? 1 : -1;
  return found.sort((a, b) => sign * compare(column.value(a), column.value(b)));
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === "string" && typeof b === "string")
    return a.localeCompare(b, undefined, { numeric: true, sensitivity: "base" });
  return Number(a) - Number(b);
}
