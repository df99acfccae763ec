/** Reads a word party's view. */
import { describeGame, type GameView } from "../game.js";
import { nameOf } from "../../account/names.js";

/** The view of a word party. */
export interface Party extends GameView {
  phase: "clues" | "pause";
  /** The seat that gives clues for this word. */
  giver: number;
  /** Words so far. */
  turns: number;
  clues: string[];
  /** Guesses at this word that were not it. */
  wrong: number;
  /** Seats that found this word. */
  guessed: number[];
  scores: Record<string, number>;
  /** Null for those who do not know it. */
  word: string | null;
  letters: number;
}

export const FEWEST = 2;

/** What a player does in this moment. */
export type Part = "gives" | "guesses" | "knows" | "looks on";

export function partOf(view: Party, seat: number | null): Part {
  if (seat === null || view.status !== "playing") return "looks on";
  if (view.phase === "pause" || view.guessed.includes(seat)) return "knows";
  return seat === view.giver ? "gives" : "guesses";
}

/** The seats that are taken, best score first. */
export function ranking({ players, gone, scores }: Party): { seat: number; score: number }[] {
  return players
    .flatMap((player, seat) => (player && !gone?.includes(seat) ? [{ seat, score: scores[seat] ?? 0 }] : []))
    .sort((one, other) => other.score - one.score || one.seat - other.seat);
}

/** Describe the party in one sentence. */
export function describeParty(view: Party, seat: number | null): string {
  if (view.status === "waiting" && !view.unstaked?.length) {
    const there = view.players.filter((player) => player !== null).length;
    return there < FEWEST ? "Waiting for one more player" : "Start when everybody is here";
  }
  if (view.status !== "playing") return describeGame(view, seat, nameOf);
  if (view.phase === "pause") return `The word was ${view.word ?? ""}`;
  const giver = nameOf(view.players[view.giver] ?? "");
  switch (partOf(view, seat)) {
    case "gives":
      return "Give clues for your word";
    case "knows":
      return "You found it";
    case "guesses":
      return `Guess ${giver}’s word`;
    default:
      return `${giver} gives the clues`;
  }
}
