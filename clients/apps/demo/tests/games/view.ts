import { ALICE, BOB } from "../../../../packages/client/tests/fake-socket.js";
import type { GameView } from "../../src/games/game.js";

/** A running game of two, as every game's view begins. */
export const VIEW: GameView = {
  status: "playing",
  players: [ALICE, BOB],
  turn: 0,
  winner: null,
  round: 1,
  away: [],
  gone: [],
  deadline: null,
  result: null,
};
