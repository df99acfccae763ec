/** The games this page can play; the code of each comes when a table of it is opened. */
import type { ComponentType } from "preact";
import type { GameView } from "./game.js";
import type { OpenRoom } from "../rooms/open-room.js";

export interface PlayProps<View extends GameView = GameView> {
  room: OpenRoom;
  view: View;
}

export interface PlayableGame {
  title: string;
  /** What whoever opens a table may choose. */
  option?: { name: string; label: string; value: number; max: number };
  load: () => Promise<ComponentType<PlayProps>>;
}

export const GAMES: ReadonlyMap<string, PlayableGame> = new Map(
  Object.entries({
    "tic-tac-toe": {
      title: "Tic-tac-toe",
      load: async () => as((await import("./tic-tac-toe/tic-tac-toe.js")).TicTacToe),
    },
    battleship: { title: "Battleship", load: async () => as((await import("./battleship/battleship.js")).Battleship) },
    arena: {
      title: "Arena",
      option: { name: "goal", label: "Coins to win", value: 20, max: 1_000 },
      load: async () => as((await import("./arena/arena.js")).ArenaTable),
    },
  }),
);

/** The kind of a room says which view it has; the types cannot. */
function as<View extends GameView>(game: ComponentType<PlayProps<View>>): ComponentType<PlayProps> {
  return game as unknown as ComponentType<PlayProps>;
}
