/** Messages of the log that are drawn at its end, and by how many the window moves as one reads on. */
export const ROWS = 100;

/** Messages that are drawn at most, or a few more, for a row is drawn whole. */
export const DRAWN = 250;

/** A row of the log: one author's messages, or one note or card. */
interface Row {
  seq: number;
  messages?: readonly unknown[];
}

/** The rows drawn: the first, and one behind the last. */
interface Window {
  first: number;
  end: number;
}

/** Choose the rows to draw: `DRAWN` messages from the one that has `from` on, or with null the last `ROWS`. */
export function windowFrom(items: readonly Row[], from: number | null): Window {
  if (from === null) return { first: rowBefore(items, items.length, ROWS), end: items.length };
  const first = Math.max(
    0,
    items.findLastIndex(({ seq }) => seq <= from),
  );
  return { first, end: rowAfter(items, first, DRAWN) };
}

/** The first of the rows before `end` that have `most` messages, or a few more. */
export function rowBefore(items: readonly Row[], end: number, most: number): number {
  let at = end;
  for (let drawn = 0; at > 0 && drawn < most; at--) drawn += messagesOf(items[at - 1]!);
  return at;
}

/** The row behind those from `first` on that have `most` messages, or a few more. */
export function rowAfter(items: readonly Row[], first: number, most: number): number {
  let at = first;
  for (let drawn = 0; at < items.length && drawn < most; at++) drawn += messagesOf(items[at]!);
  return at;
}

function messagesOf({ messages }: Row): number {
  return messages?.length ?? 1;
}
