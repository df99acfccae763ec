/** Shows any table's state and its past in place of its board: for whoever writes or doubts a game. */
import { signal } from "@preact/signals";
import type { OpenRoom } from "../rooms/open-room.js";
import { GAMES } from "./catalog.js";

/** The rooms whose state is shown in place of their board. */
const shown = signal<ReadonlySet<string>>(new Set());

/** Whether a room's state is shown in place of its board. */
export function showsInside({ id }: OpenRoom): boolean {
  return shown.value.has(id);
}

/** The button that changes between board and state; tables without a board show their state anyway. */
export function InsideToggle({ room }: { room: OpenRoom }) {
  if (!GAMES.has(room.room.info.kind)) return null;
  const pressed = showsInside(room);
  const toggle = (): void => {
    const others = [...shown.value].filter((id) => id !== room.id);
    shown.value = new Set(pressed ? others : [...others, room.id]);
  };
  return (
    <button class="toggle" aria-pressed={pressed} title="The state of this table, now and before" onClick={toggle}>
      State
    </button>
  );
}
