import { Table, type Column } from "@parlour/ui/table";
import { pathOf } from "../data/api.js";
import { useListing } from "../data/listing.js";
import type { AuditRow } from "../data/types.js";
import { Account } from "../frame/account.js";
import { Download } from "../frame/download.js";
import { Choice } from "../frame/filter.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import type { PageProps } from "../shell/props.js";
import { setQuery } from "../shell/router.js";

const KINDS = [
  ["", "Every change"],
  ["room.", "Of rooms"],
  ["person.", "Of people"],
  ["message.", "Of messages"],
  ["report.", "Of reports"],
  ["chain.", "Of chains"],
  ["key.", "Of keys"],
  ["role.", "Of roles"],
  ["config.", "Of settings"],
] as const;

const COLUMNS: Column<AuditRow>[] = [
  { name: "What", value: ({ what }) => what, card: true },
  { name: "Whom", value: ({ whom }) => whom ?? "erased", card: true },
  { name: "By", value: ({ by }) => by, show: ({ by }) => <Account account={by} /> },
  { name: "When", value: ({ at }) => at, show: ({ at }) => <When at={at} />, card: true },
  { name: "Reason", value: ({ reason }) => reason ?? "erased" },
  { name: "Before", value: ({ before }) => (before ? JSON.stringify(before) : "") },
  { name: "After", value: ({ after }) => (after ? JSON.stringify(after) : "") },
  { name: "From", value: ({ from }) => from ?? "erased" },
  { name: "Sealed", value: ({ n }) => n ?? 0, show: ({ n }) => (n === null ? "not yet" : `№ ${n}`), numeric: true },
];

const TOLD = { what: "audit", id: ({ by, id, at }: AuditRow) => `${by} ${id} ${at}` } as const;

/** Who changed what, whom and why: each row is chained to the one before by its hash. */
export function Audit({ query }: PageProps) {
  const [by, what] = [query["by"] ?? "", query["what"] ?? ""];
  const load = useListing<AuditRow>(pathOf("/api/admin/audit", { by, what }), "rows", TOLD);
  const tools = (
    <>
      <label class="choice">
        <span class="hidden">By an account</span>
        <input
          type="search"
          data-key="/"
          placeholder="By an account"
          value={by}
          onChange={({ currentTarget }) => setQuery({ by: currentTarget.value.trim() })}
        />
      </label>
      <Choice label="What" name="what" options={KINDS} />
      <Download path={pathOf("/api/admin/audit.csv", { by, what })} file="audit.csv">
        CSV
      </Download>
    </>
  );
  return (
    <Page
      title="Audit"
      load={load}
      fills
      isEmpty={(rows) => rows.length === 0}
      lesson="Nobody changed anything like that yet. Every change by an operator leaves a row here, with its reason."
      tools={tools}
    >
      {(rows) => <Table title="Audit" rows={rows} columns={COLUMNS} id={TOLD.id} empty="" onEnd={load.more} />}
    </Page>
  );
}
