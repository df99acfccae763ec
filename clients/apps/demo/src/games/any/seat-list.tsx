import type { OpenRoom } from "../../rooms/open-room.js";
import { Clock } from "../clock.js";
import type { GameView } from "../game.js";
import { Seat } from "../seats.js";

/** Who sits where, with the clock of each seat where the game has one. */
export function Seats({ room, view }: { room: OpenRoom; view: GameView }) {
  return (
    <ol class="seat-list" aria-label="Seats">
      {view.players.map((_, seat) => (
        <li key={seat}>
          <Seat room={room} view={view} seat={seat} mark={seat + 1} />
          <Clock view={view} seat={seat} />
        </li>
      ))}
    </ol>
  );
}
