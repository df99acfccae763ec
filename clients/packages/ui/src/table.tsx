import { useRef } from "preact/hooks";
import { useComputed, useSignal } from "@preact/signals";
import { selectRows, type Column, type Direction } from "./rows.js";

export type { Column };

interface Props<Row> {
  title: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  id: (row: Row) => string;
  query: string;
  sortBy: number;
  empty: string;
}

const KEYS = new Set(["ArrowDown", "ArrowUp", "Home", "End"]);

/** A table one can sort by its heads and walk with the arrow keys. */
export function Table<Row>({ title, rows, columns, id, query, sortBy, empty }: Props<Row>) {
  const sort = useSignal<{ column: number; direction: Direction }>({ column: sortBy, direction: "descending" });
  const focused = useSignal("");
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = selectRows(rows, columns, query, sort.value);
  const first = useComputed(() => focused.value);
  const current = shown.some((row) => id(row) === first.value) ? first.value : shown[0] ? id(shown[0]) : "";
  const turn = (column: number): void => {
    const again = sort.value.column === column && sort.value.direction === "descending";
    sort.value = { column, direction: again ? "ascending" : "descending" };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    const at = shown.findIndex((row) => id(row) === current);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key] ?? at;
    body.current?.querySelectorAll<HTMLElement>("tr[data-id]")[Math.min(Math.max(0, next), shown.length - 1)]?.focus();
  };
  return (
    <div class="scroller">
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            {columns.map(({ name, numeric }, i) => (
              <th
                key={name}
                class={numeric ? "number" : ""}
                aria-sort={sort.value.column === i ? sort.value.direction : "none"}
                scope="col"
              >
                <button onClick={() => turn(i)}>
                  {name}
                  <span class="arrow" aria-hidden="true">
                    {sort.value.column === i ? (sort.value.direction === "ascending" ? "↑" : "↓") : ""}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          {shown.map((row) => (
            <tr
              key={id(row)}
              data-id={id(row)}
              tabIndex={id(row) === current ? 0 : -1}
              onFocus={() => (focused.value = id(row))}
            >
              {columns.map(({ name, value, show, numeric }) => (
                <td key={name} class={numeric ? "number" : ""} title={String(value(row))}>
                  {typeof value(row) === "boolean" ? (
                    <Dot on={value(row) === true} />
                  ) : (
                    (show?.(row) ?? String(value(row)))
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p class="empty">{rows.length ? "Nothing matches the filter." : empty}</p>}
    </div>
  );
}

function Dot({ on }: { on: boolean }) {
  return (
    <>
      <span class={on ? "dot on" : "dot"} aria-hidden="true" />
      {on ? "live" : "at rest"}
    </>
  );
}
