import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { formatDuration } from "@parlour/ui/format";
import { toggleTheme } from "@parlour/ui/theme";
import { access, paused, updatedAt, type Overview } from "../data/overview.js";
import { Connections } from "../pages/connections.js";
import { Rooms } from "../pages/rooms.js";
import { Figures } from "../pages/figures.js";
import { useKeys } from "./keys.js";

const TABS = ["rooms", "connections"] as const;
type Tab = (typeof TABS)[number];

/** The console of somebody with a server role: figures, and one of its tables. */
export function Console({ data }: { data: Overview }) {
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
        <Figures data={data} />
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
            <Rooms rows={data.rooms} query={query.value} />
          ) : (
            <Connections rows={data.connections} query={query.value} />
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
      <a href="../">Demo</a>
    </header>
  );
}

function turnTab({ key }: KeyboardEvent, open: (tab: Tab) => void): void {
  if (key !== "ArrowLeft" && key !== "ArrowRight") return;
  const name = key === "ArrowLeft" ? "rooms" : "connections";
  open(name);
  document.getElementById(`tab-${name}`)?.focus();
}
