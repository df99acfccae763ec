/** Compares pieces of JSON. */

/** Whether a value has parts: an object or a list that is not empty. */
export function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null && parts(value).length > 0;
}

/** The parts of an object or a list by name; of anything else none. */
export function parts(value: unknown): [name: string, value: unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

export function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, theirs] = [parts(one), new Map(parts(other))];
  return (
    mine.length === theirs.size && mine.every(([name, value]) => theirs.has(name) && equal(value, theirs.get(name)))
  );
}
