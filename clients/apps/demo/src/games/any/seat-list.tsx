import { isBot } from "../../account/names.js";
import { report } from "../../shell/toast.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { Clock } from "../clock.js";
import type { GameView } from "../game.js";
import { Seat } from "../seats.js";

interface SeatsProps {
  room: OpenRoom;
  view: GameView & { clocks?: number[] };
  mayRemoveBots: boolean;
}

/** Who sits where, with the clock of each seat where the game has one. */
export function Seats({ room, view, mayRemoveBots }: SeatsProps) {
  return (
    <ol class="seat-list" aria-label="Seats">
      {view.players.map((player, seat) => (
        <li key={seat}>
          <Seat room={room} view={view} seat={seat} mark={seat + 1} />
          {view.clocks && <Clock view={view} seat={seat} />}
          {mayRemoveBots && player && isBot(player) && !room.gone(seat) && (
            <button class="link" onClick={() => room.room.act("remove_bot", { seat }).catch(report)}>
              Send away
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
