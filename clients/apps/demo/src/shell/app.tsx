import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { InfoIcon, LinkIcon, MenuIcon, PeopleIcon, PinIcon, SearchIcon } from "@parlour/ui/icons";
import { guest, session } from "../account/session.js";
import { Beside, Chat } from "../chat/chat.js";
import { KindIcon } from "../rooms/kind-icon.js";
import { GatePage } from "../lobby/gate-page.js";
import { Nowhere } from "../lobby/nowhere.js";
import { closePane, pane, showPane } from "../pane/pane.js";
import { active, gate, nowhere } from "../rooms/open-rooms.js";
import { People } from "../rooms/people.js";
import { status } from "./connection.js";
import { menuOpen } from "./menu.js";
import { Shortcuts } from "./shortcuts.js";
import { Sidebar } from "./sidebar.js";
import { problem } from "./toast.js";
import { InsideToggle } from "../games/inside.js";
import { GameTable } from "../games/table.js";
import { Welcome } from "../account/welcome.js";

export function App() {
  const inside = session.value !== null || guest.value;
  return (
    <>
      {inside ? <Inside /> : <Welcome />}
      <Problem />
    </>
  );
}

/** The page of somebody who came in: rooms, the room that is shown, and who is there. */
function Inside() {
  const menu = menuOpen;
  const room = active.value;
  useEffect(() => {
    document.title = room ? `${room.title} · Parlour` : "Parlour";
  }, [room]);
  return (
    <div
      class={`page${menu.value ? " menu-open" : ""}${pane.value ? " with-pane" : ""}`}
      onKeyDown={({ key }) => key === "Escape" && (menu.value = false)}
    >
      <a class="skip" href="#room" onClick={focusRoom}>
        Skip to the room
      </a>
      <Sidebar />
      <button
        class="scrim"
        aria-label="Close the list of rooms"
        tabIndex={menu.value ? 0 : -1}
        onClick={() => (menu.value = false)}
      />
      <main id="room" class={room?.isTable ? "room with-table" : "room"} tabIndex={-1}>
        <header class="room-head">
          <button class="quiet menu-button" aria-expanded={menu.value} onClick={() => (menu.value = !menu.value)}>
            <MenuIcon />
            <span class="hidden">Rooms</span>
          </button>
          {room && (
            <>
              <span class="kind-icon">
                <KindIcon kind={room.room.info.kind} />
              </span>
              <h1>{room.title}</h1>
              <CopyLink />
              <PaneButton kind="search" label="Search" icon={<SearchIcon />} />
              <PaneButton kind="pins" label="Pinned messages" icon={<PinIcon />} />
              <PaneButton kind="about" label="About this room" icon={<InfoIcon />} />
              <InsideToggle room={room} />
              <span class="count" title="People here now">
                <PeopleIcon />
                <span>{room.presence.value.count}</span>
                <span class="hidden"> here now</span>
              </span>
            </>
          )}
        </header>
        <Connection />
        {!room && <Unopened />}
        {room?.isTable && <GameTable room={room} />}
        {room?.talks.value && <Chat key={room.id} room={room} />}
      </main>
      {room && pane.value === null && <People room={room} />}
      {room && <Beside key={`beside ${room.id}`} room={room} />}
      <Shortcuts />
    </div>
  );
}

/** What stands where a room would. */
function Unopened() {
  if (gate.value) return <GatePage needs={gate.value.needs} />;
  return nowhere.value ? <Nowhere /> : <p class="empty">Opening the room…</p>;
}

function focusRoom(event: Event): void {
  event.preventDefault();
  document.getElementById("room")?.focus();
}

/** Opens something beside the conversation, and closes it. */
function PaneButton({ kind, label, icon }: { kind: "search" | "pins" | "about"; label: string; icon: VNode }) {
  const pressed = pane.value?.kind === kind;
  return (
    <button
      class={kind === "about" ? "quiet" : "quiet wide"}
      aria-pressed={pressed}
      title={label}
      onClick={() => (pressed ? closePane() : showPane({ kind }))}
    >
      {icon}
      <span class="hidden">{label}</span>
    </button>
  );
}

function CopyLink() {
  const copied = useSignal(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(location.href).then(() => {
      copied.value = true;
      setTimeout(() => (copied.value = false), 1_500);
    });
  };
  return (
    <button class="quiet" onClick={copy} title="Copy a link to this room">
      <LinkIcon />
      <span class={copied.value ? "copied" : "hidden"} role="status">
        {copied.value ? "Copied" : "Copy a link"}
      </span>
    </button>
  );
}

/** Says that the connection is lost, while it is. */
function Connection() {
  const { status: now } = status.value;
  const waiting = now === "offline" || (now === "connecting" && active.value !== null);
  return (
    <p class={waiting ? "connection shown" : "connection"} role="status">
      {waiting ? "The connection was lost. What you write is kept and sent when it is back." : ""}
    </p>
  );
}

function Problem() {
  useEffect(() => {
    if (!problem.value) return undefined;
    const timer = setTimeout(() => (problem.value = ""), 6_000);
    return () => clearTimeout(timer);
  }, [problem.value]);
  return (
    <div class={problem.value ? "problem shown" : "problem"} role="alert">
      {problem.value}
    </div>
  );
}
