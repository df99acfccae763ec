import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { GameFacts, RoomInfo } from "@parlour/client";
import { dev } from "../account/dev.js";
import { titleOfRoom } from "../account/names.js";
import { hasTable, tableKinds, titleOf } from "../games/kinds.js";
import { KindIcon } from "../rooms/kind-icon.js";
import { hasMoreRooms, loadMoreRooms, query, rooms } from "../rooms/directory.js";
import { mine, unread } from "../rooms/mine.js";
import { active } from "../rooms/open-rooms.js";
import { goTo } from "../shell/router.js";
import { report } from "../shell/toast.js";

/** A list of at most so many rooms has no search field. */
const SEARCHED_FROM = 12;
/** Milliseconds without a key until the server is asked. */
const TYPED_MS = 250;

/** The list of rooms and of tables, as they come, fill and go. */
export function Lobby() {
  const kind = useSignal("");
  const open = useSignal(false);
  const featured = rooms.value.filter((room) => room.featured);
  const others = rooms.value.filter((room) => !room.featured);
  const tables = others.filter(hasTable);
  const listed = new Set(rooms.value.map(({ id }) => id));
  const hidden = mine.value.filter((room) => room.visibility === "private" && !listed.has(room.id) && !hasTable(room));
  const plain: Listed[] = [...others.filter((room) => !hasTable(room)), ...hidden];
  if (dev.value?.chain) plain.push({ id: `chain:${dev.value.chain.chainId}`, kind: "chain", title: "", options: {} });
  const shown = tables.filter(
    (room) => (!kind.value || room.kind === kind.value) && (!open.value || (room.game?.open ?? false)),
  );
  return (
    <nav aria-label="Rooms">
      {(rooms.value.length > SEARCHED_FROM || query.value) && <Search />}
      {featured.length > 0 && (
        <>
          <h2 class="list-title">Featured</h2>
          <RoomList rooms={featured} />
        </>
      )}
      <h2 class="list-title">Rooms</h2>
      <RoomList rooms={plain} none="None yet." />
      <h2 class="list-title">Tables</h2>
      <div class="sieve" role="group" aria-label="Which tables">
        <select
          aria-label="Tables of"
          value={kind.value}
          onChange={({ currentTarget }) => (kind.value = currentTarget.value)}
        >
          <option value="">All games</option>
          {tableKinds().map((value) => (
            <option key={value} value={value}>
              {titleOf(value)}
            </option>
          ))}
        </select>
        <button class="toggle" aria-pressed={open.value} onClick={() => (open.value = !open.value)}>
          Free seats
        </button>
      </div>
      <RoomList rooms={shown} none={tables.length > 0 ? "No table like that." : "None yet."} />
      {hasMoreRooms.value && (
        <button class="link more-rooms" onClick={() => loadMoreRooms().catch(report)}>
          Show more rooms
        </button>
      )}
    </nav>
  );
}

/** Looks for rooms by words of their name, on the server: also for those that are not listed. */
function Search() {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    clearTimeout(timer.current);
    const words = currentTarget.value;
    timer.current = setTimeout(() => (query.value = words), TYPED_MS);
  };
  return (
    <label class="search">
      <span class="hidden">Find a room</span>
      <input type="search" placeholder="Find a room" maxLength={60} defaultValue={query.peek()} onInput={onInput} />
    </label>
  );
}

type Listed = Pick<RoomInfo, "id" | "kind" | "title" | "options" | "game">;

function RoomList({ rooms: list, none }: { rooms: readonly Listed[]; none?: string }) {
  return (
    <ul class="rooms">
      {list.map(({ id, kind, title, options, game }) => (
        <li key={id}>
          <button
            class="room-link"
            aria-current={active.value?.id === id ? "page" : undefined}
            aria-describedby={game && `seats-${id}`}
            onClick={() => goTo(id)}
          >
            <KindIcon kind={kind} />
            <span>{titleOfRoom({ id, title, options })}</span>
          </button>
          {!game && active.value?.id !== id && <Unread count={unread.value.get(id) ?? 0} />}
          {game && <Taken id={`seats-${id}`} kind={kind} game={game} />}
        </li>
      ))}
      {list.length === 0 && <li class="fine">{none}</li>}
    </ul>
  );
}

function Unread({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span class="badge">
      {count > 99 ? "99+" : count}
      <span class="hidden"> unread</span>
    </span>
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
  const told = `${titleOf(kind)}, ${STATUS[status]}, ${seats.taken} of ${seats.total} seats taken`;
  return (
    <span class={open ? "taken open" : "taken"} title={told}>
      <span aria-hidden="true">{status === "ended" ? "over" : `${seats.taken}/${seats.total}`}</span>
      <span id={id} class="hidden">
        {told}
      </span>
    </span>
  );
}
