import type { GameView } from "../game.js";

/** The view of a tic-tac-toe room. */
export interface Board extends GameView {
  cells: (number | null)[];
}

const LINES = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

export const CELL_NAMES = [
  "top left",
  "top",
  "top right",
  "left",
  "middle",
  "right",
  "bottom left",
  "bottom",
  "bottom right",
] as const;
export const MARK_NAMES = ["cross", "circle"] as const;

/** The cells of the finished line, if there is one. */
export function winningLine(cells: Board["cells"]): readonly number[] {
  return LINES.find(([a, b, c]) => cells[a] != null && cells[a] === cells[b] && cells[a] === cells[c]) ?? [];
}
