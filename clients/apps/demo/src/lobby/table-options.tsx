/** What may be chosen about a new table: the options of its kind, from their schema. */
import { dev } from "../account/dev.js";
import { GAMES } from "../games/catalog.js";
import { Fields, initialGroup } from "../games/any/fields.js";
import { fieldsOf, type Json, type Named } from "../games/any/schema.js";
import { kinds, stakeOption } from "../games/kinds.js";

export type Options = Record<string, Json>;

interface OptionsProps {
  kind: string;
  /** What was chosen so far; null before anything was. */
  value: Options | null;
  onChange: (value: Options) => void;
}

export function TableOptions({ kind, value, onChange }: OptionsProps) {
  const fields = optionFields(kind);
  if (fields.length === 0) return null;
  return <Fields key={kind} fields={fields} value={value ?? initialGroup(fields)} onChange={onChange} />;
}

/** The options of a table where nobody chooses any. */
export function firstOptions(kind: string): Options {
  return initialGroup(optionFields(kind));
}

/** How many seats of a table the game's own bot may take. */
export function mostBots(kind: string): number {
  return kinds.value.get(kind)?.bots ?? 0;
}

/** The fields of a kind's options but bots and stake, asked for apart; games with their own page ask for less. */
function optionFields(kind: string): Named[] {
  const facts = kinds.value.get(kind);
  const apart = ["bots", ...(dev.value?.chain ? [stakeOption(kind)] : [])];
  const named = GAMES.get(kind)?.option;
  const own = facts ? fieldsOf(facts.options).filter(({ name }) => !apart.includes(name)) : [];
  return own
    .filter(({ field }) => !GAMES.has(kind) || !["group", "either", "list", "json"].includes(field.is))
    .map((field) => (field.name === named?.name ? { ...field, label: named.label } : field));
}
