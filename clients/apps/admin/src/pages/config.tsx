import { Table, type Column } from "@parlour/ui/table";
import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { useLoad } from "../data/load.js";
import type { SettingRow } from "../data/types.js";
import { Coded } from "../frame/coded.js";
import { Filter } from "../frame/filter.js";
import { Page } from "../frame/page.js";
import type { PageProps } from "../shell/props.js";

const PATH = "/api/admin/config";

const COLUMNS: Column<SettingRow>[] = [
  { name: "Setting", value: ({ name }) => name, show: ({ name }) => <code>{name}</code>, card: true },
  { name: "Value", value: valueOf, show: (row) => <span title={row.unit}>{valueOf(row)}</span>, card: true },
  { name: "From", value: ({ source }) => source, card: true },
  {
    name: "What it sets",
    value: ({ meaning }) => meaning,
    show: ({ meaning, why }) => (
      <span title={why}>
        <Coded text={meaning} />
      </span>
    ),
  },
  {
    name: "Act",
    value: ({ changeable }) => (changeable ? "change" : ""),
    show: (row) => row.changeable && <Actions acts={actsOn(row)} />,
    card: true,
  },
];

/** Every setting in force; those that may change now do so in every process within a second. */
export function Config({ query }: PageProps) {
  const load = useLoad<{ settings: SettingRow[] }>(PATH);
  return (
    <Page title="Config" load={load} fills tools={<Filter label="Filter by any word" />}>
      {({ settings }) => (
        <Table
          title="Settings"
          rows={settings}
          columns={COLUMNS}
          id={({ name }) => name}
          query={query["query"] ?? ""}
          empty="No setting has these words."
        />
      )}
    </Page>
  );
}

/** Return what may be done to a setting: change it, and take it back to what the server began with. */
export function actsOn(row: SettingRow): Act[] {
  const { name, meaning, unit, why, source } = row;
  const reset: Act = {
    name: "Reset",
    text: `${name} is again what the server began with.`,
    path: PATH,
    method: "PATCH",
    body: { values: { [name]: null } },
    done: `${name} is what it was at the start.`,
  };
  const change: Act = {
    name: "Change",
    text: [`${name}: ${meaning}`, unit && `In ${unit}.`, why].filter(Boolean).join(" "),
    path: PATH,
    method: "PATCH",
    fields: [{ name: "value", label: "New value", value: valueOf(row) }],
    toBody: ({ value = "" }) => ({ values: { [name]: parsed(value, row) } }),
    done: `${name} is changed.`,
    undo:
      source === "console"
        ? { ...reset, body: { values: { [name]: row.value } }, done: `${name} is as before.` }
        : reset,
  };
  return source === "console" ? [change, reset] : [change];
}

/** Return what was typed as the setting takes it: texts as they are, all else as JSON. @throws Error where it is none. */
function parsed(typed: string, { name, value }: SettingRow): unknown {
  if (typeof value === "string") return typed;
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    if (value === null) return typed;
    throw new Error(`${name} takes JSON, such as ${JSON.stringify(value)}.`);
  }
}

function valueOf({ value }: SettingRow): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
