import { formatDuration, shortenAddress } from "@parlour/ui/format";
import { Table, type Column } from "@parlour/ui/table";
import type { ConnectionRow } from "../data/overview.js";

const COLUMNS: Column<ConnectionRow>[] = [
  {
    name: "Account",
    value: ({ account }) => account || "guest",
    show: ({ account }) => shortenAddress(account) || "guest",
  },
  {
    name: "Connected",
    value: ({ since }) => since,
    show: ({ since }) => `${formatDuration(Date.now() - since)} ago`,
    numeric: true,
  },
  { name: "Rooms", value: ({ rooms }) => rooms.join(", ") || "none" },
  { name: "Transport", value: ({ transport }) => transport },
  { name: "From", value: ({ remote }) => remote },
  { name: "Socket", value: ({ id }) => id },
];

/** Every connection that matches the filter, the newest first. */
export function Connections({ rows, query }: { rows: readonly ConnectionRow[]; query: string }) {
  return (
    <Table
      title="Connections"
      rows={rows}
      columns={COLUMNS}
      id={({ id }) => id}
      query={query}
      sortBy={1}
      empty="Nobody is connected. Open the demo in another tab and watch this table."
    />
  );
}
