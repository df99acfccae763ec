import type { OpenRoom } from "../rooms/open-room.js";
import type { GameView } from "./game.js";

/** What the component of every game gets. */
export interface PlayProps<View extends GameView = GameView> {
  room: OpenRoom;
  view: View;
}
