/** Reads a chess room's view: where the pieces stand, and what may be played. The rules are the server's. */
import type { GameView } from "../game.js";

/** The view of a chess room. */
export interface Chess extends GameView {
  fen: string;
  /** In UCI notation: `e2e4`, `e7e8q`. */
  moves: string[];
  /** The seat that plays White. */
  white: number;
  /** What the player on turn may play, in UCI notation with spaces between. */
  legal: string;
  /** Whether the king of the player on turn is attacked. */
  check: boolean;
  draw_offered_by: number | null;
  /** Milliseconds left by seat. */
  clocks?: number[];
}

export type Color = "white" | "black";
export const KINDS = ["king", "queen", "rook", "bishop", "knight", "pawn"] as const;
export type Kind = (typeof KINDS)[number];

export interface Piece {
  color: Color;
  kind: Kind;
}

const LETTERS: Record<string, Kind> = { k: "king", q: "queen", r: "rook", b: "bishop", n: "knight", p: "pawn" };
const AT_START: Record<Kind, number> = { king: 1, queen: 1, rook: 2, bishop: 2, knight: 2, pawn: 8 };

/** Each square by its number: 0 is a8, 7 is h8, 63 is h1. */
export function piecesOf(fen: string): (Piece | null)[] {
  const cells: (Piece | null)[] = [];
  for (const letter of fen.split(" ")[0]!.replaceAll("/", "")) {
    const kind = LETTERS[letter.toLowerCase()];
    if (kind) cells.push({ kind, color: letter === letter.toLowerCase() ? "black" : "white" });
    else for (let free = Number(letter); free > 0; free--) cells.push(null);
  }
  return cells;
}

export function squareName(square: number): string {
  return "abcdefgh"[square % 8]! + String(8 - Math.floor(square / 8));
}

/** The number of the square with this name. */
export function squareOf(name: string): number {
  return (8 - Number(name[1])) * 8 + "abcdefgh".indexOf(name[0]!);
}

/** What may be played from a square: the kinds a pawn may become, best first, by the square it goes to. */
export function movesFrom(legal: string, from: number): Map<number, Kind[]> {
  const moves = new Map<number, Kind[]>();
  for (const uci of legal.split(" ")) {
    if (uci.slice(0, 2) !== squareName(from)) continue;
    const to = squareOf(uci.slice(2, 4));
    const kind = LETTERS[uci[4] ?? ""];
    const kinds = moves.get(to) ?? [];
    moves.set(to, kind ? KINDS.filter((one) => one === kind || kinds.includes(one)) : []);
  }
  return moves;
}

/** A move in UCI notation. */
export function uciOf(from: number, to: number, becomes?: Kind): string {
  const letter = becomes ? Object.keys(LETTERS).find((one) => LETTERS[one] === becomes)! : "";
  return squareName(from) + squareName(to) + letter;
}

/** The pieces of a color that are off the board, queens first; a piece a pawn became stands for that pawn. */
export function taken(cells: readonly (Piece | null)[], color: Color): Kind[] {
  const there = (kind: Kind): number => cells.filter((one) => one?.color === color && one.kind === kind).length;
  const extra = KINDS.reduce((sum, kind) => sum + Math.max(0, there(kind) - AT_START[kind]), 0);
  return KINDS.flatMap((kind) => {
    const missing = AT_START[kind] - there(kind) - (kind === "pawn" ? extra : 0);
    return Array.from({ length: Math.max(0, missing) }, () => kind);
  });
}

/** A move in words, as it stands on the board now: `pawn e7 to e8, now a queen`. */
export function describeMove(uci: string, cells: readonly (Piece | null)[]): string {
  const [from, to] = [uci.slice(0, 2), uci.slice(2, 4)];
  const piece = cells[squareOf(to)];
  if (piece?.kind === "king" && Math.abs(from.charCodeAt(0) - to.charCodeAt(0)) === 2)
    return to[0] === "g" ? "castled short" : "castled long";
  if (uci[4]) return `pawn ${from} to ${to}, now a ${LETTERS[uci[4]] ?? "piece"}`;
  return `${piece?.kind ?? "piece"} ${from} to ${to}`;
}

const ENDS: Record<string, string> = {
  checkmate: "by checkmate",
  resigned: "by resignation",
  timeout: "on time",
  left: "because the other left",
  stalemate: "by stalemate",
  agreed: "by agreement",
  threefold_repetition: "by repetition",
  fifty_moves: "by fifty moves without a capture or a pawn's move",
  insufficient_material: "for nobody can mate any more",
};

/** How a game came to its end, in words; empty where they say nothing more. */
export function describeEnd({ result }: Chess): string {
  return ENDS[result?.reason ?? ""] ?? "";
}
