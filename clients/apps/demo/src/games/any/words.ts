import type { Account } from "@parlour/client";
import { describeGame, type GameView } from "../game.js";

/** Describe the state of any game in one sentence. @param me this viewer's seat. */
export function describeTable(view: GameView, me: number | null, name: (account: Account) => string): string {
  if (view.status === "drawing") return "Chance is being drawn together";
  if (view.status === "playing" && (view.turn === null || view.turn === undefined)) return "The game is on";
  return describeGame(view, me, name);
}
