import { Table, type Column } from "@parlour/ui/table";
import { overview } from "../data/server.js";
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
  { name: "Transport", value: ({ transport }) => transport },
  { name: "From", value: ({ remote }) => remote },
  { name: "Socket", value: ({ id }) => id },
];

/** The newest connections. */
export function Connections({ query }: PageProps) {
  const load = { data: overview.value?.connections, error: undefined, reload: () => undefined };
  return (
    <Page
      title="Connections"
      load={load}
      fills
      isEmpty={(rows) => rows.length === 0}
      lesson="Nobody is connected. Open the front page in another tab and watch this one."
      tools={<Filter label="Filter by any word" />}
    >
      {(rows) => (
        <Table
          title="Connections"
          rows={rows}
          columns={COLUMNS}
          id={({ id }) => id}
          query={query["query"] ?? ""}
          sortBy={1}
          empty=""
        />
      )}
    </Page>
  );
}
