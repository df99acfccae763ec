import type { OpenRoom } from "../rooms/open-room.js";
import type { GameView } from "./game.js";

/** The properties of every game's component. */
export interface PlayProps<View extends GameView = GameView> {
  room: OpenRoom;
  view: View;
}
