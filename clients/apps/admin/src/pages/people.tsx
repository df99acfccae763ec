import { Table, type Column } from "@parlour/ui/table";
import { pathOf } from "../data/api.js";
import { useListing } from "../data/listing.js";
import type { PersonLine } from "../data/types.js";
import { Account } from "../frame/account.js";
import { Filter } from "../frame/filter.js";
import { Page } from "../frame/page.js";
import { Seen } from "../people/seen.js";
import type { PageProps } from "../shell/props.js";
import { Person } from "./person.js";

const COLUMNS: Column<PersonLine>[] = [
  {
    name: "Person",
    value: ({ account }) => account,
    show: ({ account, name }) => <Account account={account} name={name ?? null} />,
    card: true,
  },
  { name: "Address", value: ({ account }) => account, show: ({ account }) => <code>{account}</code> },
  {
    name: "Last seen",
    value: ({ seenAt }) => seenAt ?? 0,
    show: ({ account, seenAt }) => <Seen account={account} at={seenAt} />,
    card: true,
  },
  { name: "Bot", value: ({ bot }) => (bot ? "bot" : "") },
  { name: "Held", value: ({ sanctions }) => sanctions.map((kind) => WORDS[kind]).join(", "), card: true },
];
const WORDS = { mute: "muted", ban: "banned" };

/** Everybody who ever signed in, or one of them. */
export function People({ id, query }: PageProps) {
  return id ? <Person id={id} query={query} /> : <List words={query["query"] ?? ""} />;
}

function List({ words }: { words: string }) {
  const load = useListing<PersonLine>(pathOf("/api/admin/people", { query: words }), "people");
  return (
    <Page
      title="People"
      load={load}
      fills
      isEmpty={(people) => people.length === 0}
      lesson={
        words ? "Nobody has that in their address or name." : "Nobody signed in yet. Whoever does is listed here."
      }
      tools={<Filter label="Address or name" />}
    >
      {(people) => (
        <Table
          title="People"
          rows={people}
          columns={COLUMNS}
          id={({ account }) => account}
          empty=""
          onEnd={load.more}
        />
      )}
    </Page>
  );
}
