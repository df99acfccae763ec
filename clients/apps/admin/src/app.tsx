import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { formatBytes, formatDuration, formatNumber, shortAccount } from "./format.js";
import {
  access,
  history,
  overview,
  paused,
  updatedAt,
  type ConnectionRow,
  type Overview,
  type RoomRow,
} from "./overview.js";
import type { Column } from "./rows.js";
import { Tile } from "./spark.js";
import { Table } from "./table.js";
import { toggleTheme } from "@parlour/ui/theme";

const ROOM_COLUMNS: Column<RoomRow>[] = [
  { name: "Room", value: ({ title, id }) => title || id },
  { name: "Id", value: ({ id }) => id },
  { name: "Kind", value: ({ kind }) => kind },
  { name: "State", value: ({ live }) => live },
  { name: "Here now", value: ({ connections }) => connections, numeric: true },
  { name: "Members", value: ({ members }) => members, numeric: true },
  { name: "Entries", value: ({ head }) => head, show: ({ head }) => head.toLocaleString(), numeric: true },
  { name: "Owner", value: ({ owner }) => owner, show: ({ owner }) => shortAccount(owner) },
];

const CONNECTION_COLUMNS: Column<ConnectionRow>[] = [
  {
    name: "Account",
    value: ({ account }) => account || "guest",
    show: ({ account }) => shortAccount(account) || "guest",
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

const TABS = ["rooms", "connections"] as const;
type Tab = (typeof TABS)[number];

export function App() {
  const state = access.value;
  if (state === "locked")
    return (
      <Door
        title="Sign in first"
        text="The console shows its figures to people with a server role. Sign in on the front page with the wallet that has one, then come back in this tab."
      />
    );
  if (state === "forbidden")
    return (
      <Door
        title="This needs a server role"
        text="You are signed in, but your account is neither viewer, moderator, operator nor admin of this server. Ask whoever runs it to grant you a role."
      />
    );
  if (!overview.value)
    return (
      <Door
        title={state === "lost" ? "No answer" : "One moment"}
        text={state === "lost" ? "The server does not answer. This page keeps trying." : "Asking the server how it is."}
      />
    );
  return <Console data={overview.value} />;
}

function Console({ data }: { data: Overview }) {
  const tab = useSignal<Tab>(location.hash === "#connections" ? "connections" : "rooms");
  const query = useSignal("");
  const filter = useRef<HTMLInputElement>(null);
  const open = (name: Tab): void => {
    tab.value = name;
    window.history.replaceState(null, "", `#${name}`);
  };
  useKeys({
    "/": () => filter.current?.focus(),
    1: () => open("rooms"),
    2: () => open("connections"),
    p: () => (paused.value = !paused.value),
    t: toggleTheme,
  });
  const counts: Record<Tab, number> = { rooms: data.rooms.length, connections: data.connections.length };
  return (
    <div class="console">
      <Head data={data} />
      <main>
        <Tiles data={data} />
        <div class="bar">
          <div role="tablist" aria-label="What to look at">
            {TABS.map((name) => (
              <button
                key={name}
                id={`tab-${name}`}
                role="tab"
                aria-selected={tab.value === name}
                aria-controls="panel"
                tabIndex={tab.value === name ? 0 : -1}
                onClick={() => open(name)}
                onKeyDown={(event) => turnTab(event, open)}
              >
                {name === "rooms" ? "Rooms" : "Connections"} <span class="badge">{counts[name]}</span>
              </button>
            ))}
          </div>
          <label class="filter">
            <span class="hidden">Filter</span>
            <input
              ref={filter}
              type="search"
              placeholder="Filter by any word"
              value={query.value}
              onInput={({ currentTarget }) => (query.value = currentTarget.value)}
              onKeyDown={({ key, currentTarget }) => key === "Escape" && ((query.value = ""), currentTarget.blur())}
            />
            <kbd>/</kbd>
          </label>
        </div>
        <section id="panel" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
          {tab.value === "rooms" ? (
            <Table
              key="rooms"
              title="Rooms"
              rows={data.rooms}
              columns={ROOM_COLUMNS}
              id={({ id }) => id}
              query={query.value}
              sortBy={4}
              empty="No rooms yet. They appear here as soon as somebody makes one."
            />
          ) : (
            <Table
              key="connections"
              title="Connections"
              rows={data.connections}
              columns={CONNECTION_COLUMNS}
              id={({ id }) => id}
              query={query.value}
              sortBy={1}
              empty="Nobody is connected. Open the demo in another tab and watch this table."
            />
          )}
        </section>
      </main>
      <footer>
        <kbd>/</kbd> filter <kbd>1</kbd> rooms <kbd>2</kbd> connections <kbd>↑</kbd>
        <kbd>↓</kbd> walk the rows <kbd>P</kbd> pause <kbd>T</kbd> light or dark
      </footer>
    </div>
  );
}

function Head({ data }: { data: Overview }) {
  const lost = access.value === "lost";
  const word = lost ? "no answer" : paused.value ? "paused" : "live";
  return (
    <header>
      <h1>Parlour console</h1>
      <span class="version">
        {data.server.name} {data.server.version}
      </span>
      <span class="version">up {formatDuration(data.server.uptimeMs)}</span>
      <span
        class={lost ? "pulse lost" : paused.value ? "pulse" : "pulse on"}
        role="status"
        title={`Last answer ${new Date(updatedAt.value).toLocaleTimeString()}`}
      >
        {word}
      </span>
      <button onClick={() => (paused.value = !paused.value)} aria-pressed={paused.value}>
        {paused.value ? "Go on" : "Pause"}
      </button>
      <button class="theme" onClick={toggleTheme}>
        Light or dark
      </button>
      <a href="/">Demo</a>
    </header>
  );
}

function Tiles({ data }: { data: Overview }) {
  const { requests, entries, connections, memory } = history;
  const metric = (name: string): number => data.metrics[name] ?? 0;
  return (
    <dl class="tiles">
      <Tile label="Connections" value={formatNumber(metric("connections"))} points={connections.value} />
      <Tile
        label="Requests"
        value={formatNumber(requests.value.at(-1) ?? 0)}
        unit="per second"
        points={requests.value}
      />
      <Tile
        label="Entries kept"
        value={formatNumber(entries.value.at(-1) ?? 0)}
        unit="per second"
        points={entries.value}
      />
      <Tile label="Memory" value={formatBytes(metric("residentBytes"))} unit="peak" points={memory.value} />
    </dl>
  );
}

function Door({ title, text }: { title: string; text: string }) {
  return (
    <main class="door">
      <p class="wordmark">Parlour console</p>
      <h1>{title}</h1>
      <p>{text}</p>
      <a class="button" href="/">
        To the front page
      </a>
    </main>
  );
}

function turnTab({ key }: KeyboardEvent, open: (tab: Tab) => void): void {
  if (key !== "ArrowLeft" && key !== "ArrowRight") return;
  const name = key === "ArrowLeft" ? "rooms" : "connections";
  open(name);
  document.getElementById(`tab-${name}`)?.focus();
}

/** Single keys, unheard while a person writes. */
function useKeys(keys: Record<string, () => void>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const writing = event.target instanceof HTMLInputElement;
      const act = keys[event.key.toLowerCase()];
      if (writing || !act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
