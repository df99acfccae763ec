/** Rows of the log that are drawn at first, and more each time one reads on to its beginning. */
export const ROWS = 100;

/** Where the drawn rows begin: at the row `from`, or with null `ROWS` before the end. */
export function firstShown(items: readonly { seq: number }[], from: number | null): number {
  if (from === null) return Math.max(0, items.length - ROWS);
  const at = items.findIndex(({ seq }) => seq >= from);
  return at < 0 ? Math.max(0, items.length - ROWS) : at;
}
