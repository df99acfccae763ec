/** What others tell of themselves in a text: their name, and the colour that every page gives them. */

/** White letters can be read on each (WCAG 2.2, 4.5 to 1). */
const COLORS = ["#8a4b08", "#1f5f8b", "#7a2e6b", "#2f6b2f", "#9c2f1f", "#4a4a8a"];
const LONGEST_NAME = 40;

/** The colour of a Yjs client: the same on every page. */
export function colorOf(client: number): string {
  return COLORS[client % COLORS.length]!;
}

/** The name in somebody's awareness state, which may hold anything. */
export function nameIn(state: Record<string, unknown>): string {
  const name = (state.user as { name?: unknown } | null | undefined)?.name;
  return typeof name === "string" && name ? name.slice(0, LONGEST_NAME) : "Somebody";
}
