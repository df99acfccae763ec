/** Messages of the log that are drawn at first, and more each time one reads on to its beginning. */
export const ROWS = 100;

/** A row of the log: one author's messages, or one note or card. */
interface Row {
  seq: number;
  messages?: readonly unknown[];
}

/** Where the drawn rows begin: at the row `from`, or with null `ROWS` messages before the end. */
export function firstShown(items: readonly Row[], from: number | null): number {
  const at = from === null ? -1 : items.findIndex(({ seq }) => seq >= from);
  return at < 0 ? rowBefore(items, items.length, ROWS) : at;
}

/** The first of the rows before `end` that have `most` messages, or a few more, for a row is drawn whole. */
export function rowBefore(items: readonly Row[], end: number, most: number): number {
  let at = end;
  for (let drawn = 0; at > 0 && drawn < most; at--) drawn += items[at - 1]!.messages?.length ?? 1;
  return at;
}
