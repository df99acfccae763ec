import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import type { GameView } from "./game.js";
import { showsInside } from "./inside.js";
import { loadGame } from "./load.js";
import type { PlayProps } from "./play.js";

/** The table of an open room, by the game that is played at it. */
export function GameTable({ room }: { room: OpenRoom }) {
  const { kind } = room.room.info;
  const inside = showsInside(room);
  const loaded = useSignal<{ kind: string; inside: boolean; Play: ComponentType<PlayProps> } | null>(null);
  useEffect(() => {
    loadGame(kind, inside).then((Play) => (loaded.value = { kind, inside, Play }), report);
  }, [kind, inside]);
  const view = room.view.value;
  if (view?.status === "incompatible")
    return <p class="empty">This game was played by other rules and cannot be shown.</p>;
  if ((view === undefined && !room.isDocument) || loaded.value?.kind !== kind || loaded.value.inside !== inside)
    return <p class="empty">The table is being laid…</p>;
  const { Play } = loaded.value;
  return <Play key={room.id} room={room} view={view as GameView} />; // a document has none
}
