import { useSignal } from "@preact/signals";
import type { GameFacts, RoomInfo } from "@parlour/client";
import { GAMES } from "../games/catalog.js";
import { KindIcon } from "../rooms/kind-icon.js";
import { active, rooms } from "../rooms/open-rooms.js";
import { goTo } from "../shell/router.js";

/** The list of rooms and of tables, as they come, fill and go. */
export function Lobby() {
  const kind = useSignal("");
  const open = useSignal(false);
  const tables = rooms.value.filter((room) => GAMES.has(room.kind));
  const shown = tables.filter(
    (room) => (!kind.value || room.kind === kind.value) && (!open.value || (room.game?.open ?? false)),
  );
  return (
    <nav aria-label="Rooms">
      <h2 class="list-title">Rooms</h2>
      <RoomList rooms={rooms.value.filter((room) => room.kind === "chat")} none="None yet." />
      <h2 class="list-title">Tables</h2>
      <div class="sieve" role="group" aria-label="Which tables">
        <select
          aria-label="Tables of"
          value={kind.value}
          onChange={({ currentTarget }) => (kind.value = currentTarget.value)}
        >
          <option value="">All games</option>
          {[...GAMES].map(([value, { title }]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
        <button class="toggle" aria-pressed={open.value} onClick={() => (open.value = !open.value)}>
          Free seats
        </button>
      </div>
      <RoomList rooms={shown} none={tables.length > 0 ? "No table like that." : "None yet."} />
    </nav>
  );
}

function RoomList({ rooms: list, none }: { rooms: readonly RoomInfo[]; none: string }) {
  return (
    <ul class="rooms">
      {list.map(({ id, kind, title, game }) => (
        <li key={id}>
          <button
            class="room-link"
            aria-current={active.value?.id === id ? "page" : undefined}
            aria-describedby={game && `seats-${id}`}
            onClick={() => goTo(id)}
          >
            <KindIcon kind={kind} />
            <span>{title || id}</span>
          </button>
          {game && <Taken id={`seats-${id}`} kind={kind} game={game} />}
        </li>
      ))}
      {list.length === 0 && <li class="fine">{none}</li>}
    </ul>
  );
}

const STATUS: Record<GameFacts["status"], string> = {
  waiting: "waiting",
  drawing: "about to begin",
  playing: "being played",
  paused: "paused",
  ended: "over",
  incompatible: "by other rules",
};

function Taken({ id, kind, game: { status, seats, open } }: { id: string; kind: string; game: GameFacts }) {
  const told = `${GAMES.get(kind)?.title ?? kind}, ${STATUS[status]}, ${seats.taken} of ${seats.total} seats taken`;
  return (
    <span class={open ? "taken open" : "taken"} title={told}>
      <span aria-hidden="true">{status === "ended" ? "over" : `${seats.taken}/${seats.total}`}</span>
      <span id={id} class="hidden">
        {told}
      </span>
    </span>
  );
}
