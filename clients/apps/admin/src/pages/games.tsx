import { Table, type Column } from "@parlour/ui/table";
import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { base, pathOf } from "../data/api.js";
import { useListing } from "../data/listing.js";
import type { AdminRoom } from "../data/types.js";
import { Choice } from "../frame/filter.js";
import { Card } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { Tabs } from "../frame/tabs.js";
import { When } from "../frame/when.js";
import type { PageProps } from "../shell/props.js";
import { hrefOf, setQuery } from "../shell/router.js";

const TABS = ["Matches", "Queues", "Boards"] as const;
const STATES = [
  ["", "Every match"],
  ["waiting", "Waiting"],
  ["playing", "Playing"],
  ["ended", "Ended"],
] as const;
const LESSONS = {
  Matches: "Nobody plays like that. A room of a game appears here when somebody makes one.",
  Queues: "Nobody looked for a match yet: a queue begins with the first who does.",
  Boards: "No game counted yet: a board begins with the first that does.",
};

const COLUMNS: Column<AdminRoom>[] = [
  { name: "Match", value: ({ title, id }) => title || id, card: true },
  { name: "Game", value: ({ kind }) => kind, card: true },
  { name: "State", value: ({ game }) => game?.status ?? "", card: true },
  {
    name: "Seats",
    value: ({ game }) => game?.seats.taken ?? 0,
    show: ({ game }) => (game ? `${game.seats.taken} of ${game.seats.total ?? "any"}` : ""),
  },
  { name: "Here now", value: ({ connections }) => connections, numeric: true },
  { name: "Last entry", value: ({ updatedAt }) => updatedAt, show: ({ updatedAt }) => <When at={updatedAt} /> },
  {
    name: "Replay",
    value: () => "",
    title: () => "The last match that ended",
    show: ({ id, game }) =>
      game?.status === "ended" && <a href={`${base || ""}/replay/${encodeURIComponent(id)}`}>Watch</a>,
  },
];

/** Matches that are played, the queues of those who look for one, and the boards of what was reached. */
export function Games({ query }: PageProps) {
  const open = TABS.find((name) => name === query["tab"]) ?? "Matches";
  const paths = {
    Matches: pathOf("/api/admin/matches", { state: query["state"] }),
    Queues: pathOf("/api/admin/rooms", { kind: "queue" }),
    Boards: "/api/admin/boards",
  };
  const load = useListing<AdminRoom>(paths[open], "rooms");
  return (
    <Page
      title="Games"
      load={load}
      tools={open === "Matches" && <Choice label="State" name="state" options={STATES} />}
    >
      {(rows) => (
        <Tabs label="What to look at" names={TABS} open={open} onOpen={(tab) => setQuery({ tab })}>
          {rows.length === 0 ? <p class="empty">{LESSONS[open]}</p> : <List of={open} rows={rows} onEnd={load.more} />}
        </Tabs>
      )}
    </Page>
  );
}

function List({ of, rows, onEnd }: { of: (typeof TABS)[number]; rows: readonly AdminRoom[]; onEnd: () => void }) {
  if (of === "Matches")
    return (
      <div class="part table">
        <Table
          title="Matches"
          rows={rows}
          columns={COLUMNS}
          id={({ id }) => id}
          empty=""
          href={({ id }) => hrefOf("rooms", id)}
          onEnd={onEnd}
        />
      </div>
    );
  return (
    <Card title={of}>
      <ul class="lines">
        {rows.map(({ id, title, updatedAt, members }) => (
          <li key={id}>
            <a href={hrefOf("rooms", id, { tab: "State" })}>{title || id}</a>
            <span class="muted">{members.toLocaleString()} people</span>
            <span class="number">
              <When at={updatedAt} />
            </span>
            {of === "Boards" && <Actions acts={[removing(id)]} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function removing(id: string): Act {
  return {
    name: "Remove",
    text: "Erases the board with all its rows; the next game that counts begins it anew.",
    path: `/api/admin/boards/${encodeURIComponent(id)}/remove`,
    typed: id,
    done: "The board is removed.",
  };
}
