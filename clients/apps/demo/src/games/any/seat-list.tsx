import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { OpenRoom } from "../../rooms/open-room.js";
import type { GameView } from "../game.js";
import { Seat } from "../seats.js";

/** Who sits where, with the clock of each seat where the game has one. */
export function Seats({ room, view }: { room: OpenRoom; view: GameView & { clocks?: number[] } }) {
  return (
    <ol class="seat-list" aria-label="Seats">
      {view.players.map((_, seat) => (
        <li key={seat}>
          <Seat room={room} view={view} seat={seat} mark={seat + 1} />
          {view.clocks?.[seat] !== undefined && (
            <Clock left={view.clocks[seat]} runs={view.status === "playing" && view.turn === seat} />
          )}
        </li>
      ))}
    </ol>
  );
}

/** What a player has left, counting down in that player's turn. */
function Clock({ left, runs }: { left: number; runs: boolean }) {
  const passed = useSignal(0);
  useEffect(() => {
    passed.value = 0;
    if (!runs) return undefined;
    const began = Date.now();
    const timer = setInterval(() => (passed.value = Date.now() - began), 500);
    return () => clearInterval(timer);
  }, [left, runs]);
  const seconds = Math.max(0, Math.ceil((left - passed.value) / 1_000));
  return (
    <span class="countdown" role="timer" aria-label="Time left">
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
    </span>
  );
}
