import { shortenAddress } from "@parlour/ui/format";
import { Table, type Column } from "@parlour/ui/table";
import type { RoomRow } from "../data/overview.js";

const COLUMNS: Column<RoomRow>[] = [
  { name: "Room", value: ({ title, id }) => title || id },
  { name: "Id", value: ({ id }) => id },
  { name: "Kind", value: ({ kind }) => kind },
  { name: "State", value: ({ live }) => live },
  { name: "Here now", value: ({ connections }) => connections, numeric: true },
  { name: "Members", value: ({ members }) => members, numeric: true },
  { name: "Entries", value: ({ head }) => head, show: ({ head }) => head.toLocaleString(), numeric: true },
  { name: "Owner", value: ({ owner }) => owner, show: ({ owner }) => shortenAddress(owner) },
];

/** Every room that matches the filter, the fullest first. */
export function Rooms({ rows, query }: { rows: readonly RoomRow[]; query: string }) {
  return (
    <Table
      title="Rooms"
      rows={rows}
      columns={COLUMNS}
      id={({ id }) => id}
      query={query}
      sortBy={4}
      empty="No rooms yet. They appear here as soon as somebody makes one."
    />
  );
}
