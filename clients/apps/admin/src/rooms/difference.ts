/** Compares two states: where they differ, by JSON Pointer (RFC 6901). */

export interface Change {
  path: string;
  /** Undefined where there was nothing. */
  before: unknown;
  /** Undefined where there is nothing any more. */
  after: unknown;
}

/** List every place where two JSON values differ, in the order of the second. */
export function differencesOf(before: unknown, after: unknown, path = ""): Change[] {
  if (Object.is(before, after)) return [];
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ path, before, after }];
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].flatMap((name) =>
    differencesOf(before[name], after[name], `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

export function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
