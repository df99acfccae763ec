import { Table, type Column } from "@parlour/ui/table";
import { pathOf } from "../data/api.js";
import { useListing } from "../data/listing.js";
import type { AdminRoom } from "../data/types.js";
import { Account } from "../frame/account.js";
import { Choice, Filter } from "../frame/filter.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import type { PageProps } from "../shell/props.js";
import { hrefOf } from "../shell/router.js";
import { Room } from "./room.js";

const STATES = [
  ["", "Every state"],
  ["open", "Open"],
  ["frozen", "Frozen"],
  ["closed", "Closed"],
] as const;
const ORDERS = [
  ["updated", "Newest entry first"],
  ["created", "Newest first"],
  ["members", "Most members first"],
  ["entries", "Most entries first"],
] as const;

const COLUMNS: Column<AdminRoom>[] = [
  { name: "Room", value: ({ title, id }) => title || id, card: true },
  { name: "Id", value: ({ id }) => id, show: ({ id }) => <code>{id}</code> },
  { name: "Kind", value: ({ kind }) => kind, card: true },
  { name: "State", value: ({ state }) => state },
  { name: "Here now", value: ({ connections }) => connections, numeric: true, card: true },
  { name: "Members", value: ({ members }) => members, numeric: true },
  { name: "Entries", value: ({ head }) => head, show: ({ head }) => head.toLocaleString(), numeric: true },
  { name: "Last entry", value: ({ updatedAt }) => updatedAt, show: ({ updatedAt }) => <When at={updatedAt} /> },
  { name: "Owner", value: ({ owner }) => owner, show: ({ owner }) => <Account account={owner} /> },
];

const TOLD = { what: "rooms", id: ({ id }: AdminRoom) => id } as const;

/** Every room but those nobody reads along in, or one of them. */
export function Rooms({ id, query }: PageProps) {
  return id ? <Room id={id} query={query} /> : <List query={query} />;
}

function List({ query }: Pick<PageProps, "query">) {
  const wanted = { query: query["query"], kind: query["kind"], state: query["state"], sort: query["sort"] };
  const load = useListing<AdminRoom>(pathOf("/api/admin/rooms", wanted), "rooms", TOLD);
  const tools = (
    <>
      <Choice label="State" name="state" options={STATES} />
      <Choice label="Order" name="sort" options={ORDERS} />
      <Filter label="Id or title" />
    </>
  );
  return (
    <Page
      title="Rooms"
      load={load}
      fills
      isEmpty={(rows) => rows.length === 0}
      lesson={
        wanted.query || wanted.state
          ? "No room is like that."
          : "No rooms yet. They appear here as soon as somebody makes one."
      }
      tools={tools}
    >
      {(rows) => (
        <Table
          title="Rooms"
          rows={rows}
          columns={COLUMNS}
          id={TOLD.id}
          empty=""
          href={({ id }) => hrefOf("rooms", id)}
          onEnd={load.more}
        />
      )}
    </Page>
  );
}
