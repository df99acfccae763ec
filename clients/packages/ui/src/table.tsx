import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { selectRows, windowOf, type Column, type Direction } from "./rows.js";

export type { Column };

interface Props<Row> {
  title: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  id: (row: Row) => string;
  query?: string;
  /** The column sorted by at first; without it rows keep the server's order, and heads do not sort. */
  sortBy?: number;
  empty: string;
  /** Where a row leads: its first cell becomes this link, and Enter follows it. */
  href?: (row: Row) => string;
  /** Called when the end comes into view, for the next page. */
  onEnd?: () => void;
}

const KEYS = new Set(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "Enter"]);
/** Pixels, until the first row was measured; and the view, where it cannot be measured. */
const [ROW, VIEW] = [44, 800];
const PAGE_ROWS = 12;

/** A table one can sort by its heads and walk with the arrow keys; only rows in view are in the document. */
export function Table<Row>({ title, rows, columns, id, query = "", sortBy, empty, href, onEnd }: Props<Row>) {
  const sort = useSignal<{ column: number; direction: Direction }>({ column: sortBy ?? -1, direction: "descending" });
  const focused = useSignal("");
  const view = useSignal({ top: 0, height: VIEW, row: ROW });
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const wanted = useRef("");
  const order = sort.value;
  const shown = useMemo(() => selectRows(rows, columns, query, order), [rows, columns, query, order]);
  const index = shown.findIndex((row) => id(row) === focused.value);
  const current = Math.max(0, index);
  const { from, to, above, below } = windowOf(shown.length, view.value.row, view.value.top, view.value.height);

  const measure = (): void => {
    const box = scroller.current;
    if (!box) return;
    const row = body.current?.querySelector<HTMLElement>("tr[data-id]")?.offsetHeight || view.peek().row;
    const next = { top: box.scrollTop, height: box.clientHeight || VIEW, row };
    const now = view.peek();
    if (next.top !== now.top || next.height !== now.height || next.row !== now.row) view.value = next;
  };
  useLayoutEffect(measure);
  useLayoutEffect(() => {
    if (!wanted.current) return;
    const row = body.current?.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(wanted.current)}"]`);
    wanted.current = "";
    row?.focus({ preventScroll: true });
  });
  useEffect(() => {
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  useEffect(() => {
    if (onEnd && to >= shown.length && shown.length > 0) onEnd();
  }, [to, shown.length]);

  const turn = (column: number): void => {
    const again = sort.value.column === column && sort.value.direction === "descending";
    sort.value = { column, direction: again ? "ascending" : "descending" };
  };
  const walk = (step: number): void => {
    const next = Math.min(Math.max(0, step), shown.length - 1);
    const row = shown[next];
    if (!row) return;
    wanted.current = id(row);
    focused.value = id(row);
    const box = scroller.current!;
    const [top, bottom] = [next * view.value.row, (next + 2) * view.value.row];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
    measure();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!KEYS.has(event.key) || !(event.target as HTMLElement).matches("tr")) return;
    event.preventDefault();
    if (event.key === "Enter") return (event.target as HTMLElement).querySelector("a")?.click();
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + PAGE_ROWS,
      PageUp: current - PAGE_ROWS,
      Home: 0,
      End: shown.length - 1,
    };
    walk(steps[event.key]!);
  };
  return (
    <div class="scroller" ref={scroller} onScroll={measure}>
      <table aria-rowcount={shown.length + 1}>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            {columns.map(({ name, numeric }, i) => (
              <Head
                key={name}
                name={name}
                numeric={numeric === true}
                sorted={sort.value.column === i ? sort.value.direction : "none"}
                {...(sortBy !== undefined && { onTurn: () => turn(i) })}
              />
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          <Gap height={above} columns={columns.length} />
          {shown.slice(from, to).map((row, i) => (
            <tr
              key={id(row)}
              data-id={id(row)}
              aria-rowindex={from + i + 2}
              tabIndex={from + i === current || (i === 0 && (current < from || current >= to)) ? 0 : -1}
              onFocus={() => (focused.value = id(row))}
            >
              {columns.map((column, at) => (
                <Field key={column.name} row={row} column={column} {...(at === 0 && href && { href: href(row) })} />
              ))}
            </tr>
          ))}
          <Gap height={below} columns={columns.length} />
        </tbody>
      </table>
      {shown.length === 0 && <p class="empty">{rows.length ? "Nothing matches the filter." : empty}</p>}
    </div>
  );
}

interface HeadProps {
  name: string;
  numeric: boolean;
  sorted: Direction | "none";
  onTurn?: () => void;
}

function Head({ name, numeric, sorted, onTurn }: HeadProps) {
  const arrow = { ascending: "↑", descending: "↓", none: "" }[sorted];
  return (
    <th class={numeric ? "number" : ""} scope="col" {...(onTurn && { "aria-sort": sorted })}>
      {onTurn ? (
        <button onClick={onTurn}>
          {name}
          <span class="arrow" aria-hidden="true">
            {arrow}
          </span>
        </button>
      ) : (
        <span class="head">{name}</span>
      )}
    </th>
  );
}

/** Stands for the rows that are out of view. */
function Gap({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td class="gap" colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}

function Field<Row>({ row, column, href }: { row: Row; column: Column<Row>; href?: string }) {
  const { name, value, show, title, numeric, card } = column;
  const raw = value(row);
  const shown = show ? show(row) : typeof raw === "boolean" ? <Dot on={raw} /> : String(raw);
  return (
    <td
      class={`${numeric ? "number" : ""} ${card && raw !== "" ? "brief" : ""}`}
      data-name={name}
      title={title ? title(row) : String(raw)}
    >
      {href ? (
        <a href={href} tabIndex={-1}>
          {shown}
        </a>
      ) : (
        shown
      )}
    </td>
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
