import { Table, type Column } from "@parlour/ui/table";
import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { pathOf } from "../data/api.js";
import { useListing } from "../data/listing.js";
import type { ConnectionRow } from "../data/types.js";
import { Account } from "../frame/account.js";
import { Filter } from "../frame/filter.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import type { PageProps } from "../shell/props.js";

const COLUMNS: Column<ConnectionRow>[] = [
  {
    name: "Account",
    value: ({ account }) => account || "guest",
    show: ({ account }) => <Account account={account} />,
    card: true,
  },
  { name: "Connected", value: ({ since }) => since, show: ({ since }) => <When at={since} />, card: true },
  { name: "Rooms", value: ({ rooms }) => rooms.join(", ") || "none", card: true },
  {
    name: "Bytes that wait",
    value: ({ queueBytes }) => queueBytes,
    show: ({ queueBytes }) => queueBytes.toLocaleString(),
    numeric: true,
  },
  { name: "Transport", value: ({ transport }) => transport },
  { name: "From", value: ({ remote }) => remote },
  { name: "Socket", value: ({ id }) => id },
  {
    name: "Drop",
    value: () => "",
    show: (connection) => <Actions acts={[dropOf(connection)]} />,
  },
];

const TOLD = { id: ({ id }: ConnectionRow) => id } as const;

/** The sockets of the process that answers, the newest first. */
export function Connections({ query }: PageProps) {
  const load = useListing<ConnectionRow>(
    pathOf("/api/admin/connections", { query: query["query"] }),
    "connections",
    TOLD,
  );
  return (
    <Page
      title="Connections"
      load={load}
      fills
      isEmpty={(rows) => rows.length === 0}
      lesson={
        query["query"]
          ? "No connection is like that."
          : "Nobody is connected. Open the front page in another tab and watch this one."
      }
      tools={<Filter label="Account, address, room or transport" />}
    >
      {(rows) => (
        <Table title="Connections" rows={rows} columns={COLUMNS} id={TOLD.id} empty="" sortBy={1} onEnd={load.more} />
      )}
    </Page>
  );
}

/** Return the act that ends a socket. */
export function dropOf({ id, account, remote }: ConnectionRow): Act {
  return {
    name: "Drop",
    text: `Ends this socket of ${account || "a guest"} from ${remote}. Its client may come back at once; to keep somebody out, ban the account.`,
    path: `/api/admin/connections/${encodeURIComponent(id)}/drop`,
    done: "The connection is dropped.",
  };
}
