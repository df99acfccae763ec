import type { Account } from "@parlour/client";

/** The view of a tic-tac-toe room: the author's state and what every game's view has. */
export interface Board {
  cells: (number | null)[];
  /** Wei, as a decimal string. */
  pot?: string;
  /** Wei by seat, as decimal strings. */
  staked?: string[];
  status: "waiting" | "drawing" | "playing" | "paused" | "ended" | "incompatible";
  players: (Account | null)[];
  turn: number | null;
  winner: number | null;
  round: number;
  away: number[];
  deadline: number | null;
  result: { winner: number | null; reason?: string; aborted?: string } | null;
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
export const MARKS = ["✕", "◯"] as const;
export const MARK_NAMES = ["cross", "circle"] as const;

/** The cells of the finished line, if there is one. */
export function winningLine(cells: Board["cells"]): readonly number[] {
  return LINES.find(([a, b, c]) => cells[a] != null && cells[a] === cells[b] && cells[a] === cells[c]) ?? [];
}

/** Where an arrow key leads from a cell; the edges hold. */
export function moveFocus(cell: number, key: string): number {
  const [row, column] = [Math.floor(cell / 3), cell % 3];
  switch (key) {
    case "ArrowUp":
      return Math.max(0, row - 1) * 3 + column;
    case "ArrowDown":
      return Math.min(2, row + 1) * 3 + column;
    case "ArrowLeft":
      return row * 3 + Math.max(0, column - 1);
    case "ArrowRight":
      return row * 3 + Math.min(2, column + 1);
    default:
      return cell;
  }
}

/** One sentence for everybody at the table. */
export function describeGame(board: Board, me: number | null, name: (account: Account) => string): string {
  const seated = (seat: number | null): string => {
    const account = seat === null ? null : board.players[seat];
    return account ? name(account) : "somebody";
  };
  switch (board.status) {
    case "playing":
      return board.turn === me && me !== null ? "Your turn" : `${seated(board.turn)} is thinking`;
    case "ended":
      if (board.result?.aborted) return "The game was broken off";
      if (board.winner === null) return "A draw";
      return board.winner === me ? "You won" : `${seated(board.winner)} won`;
    case "paused":
      return "The game is paused";
    case "incompatible":
      return "This game was played by other rules";
    default: {
      const free = board.players.filter((player) => player === null).length;
      return free === 1 ? "Waiting for one more player" : `Waiting for ${free} players`;
    }
  }
}
