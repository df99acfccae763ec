import type { Account } from "@parlour/client";
import type { Settlement } from "../chain/settlement-panel.js";

/** The fields that the view of every game has, beside its author's own state. */
export interface GameView {
  status: "waiting" | "drawing" | "playing" | "paused" | "ended" | "incompatible";
  players: (Account | null)[];
  turn: number | null;
  winner: number | null;
  round: number;
  away: number[];
  /** Those of `away` that left for good; their names stay on the table until the next round. */
  gone: number[];
  /** Milliseconds since 1970. */
  deadline: number | null;
  /** Wei by seat as decimal strings, at a table with a stake. */
  stakes?: string[];
  /** Seats whose stake is not in: the game waits for them. */
  unstaked?: number[];
  /** How a settled table stands with its escrow. */
  settlement?: Settlement;
  result: { winner: number | null; reason?: string; aborted?: string } | null;
}

/** Describe the state of a game in one sentence. @param me this viewer's seat. */
export function describeGame(view: GameView, me: number | null, name: (account: Account) => string): string {
  const seated = (seat: number | null): string => {
    const account = seat === null ? null : view.players[seat];
    return account ? name(account) : "somebody";
  };
  const owed = owedBy(view, me, seated);
  switch (view.status) {
    case "playing":
      if (owed && view.unstaked?.some((seat) => seat === me || seat === view.turn)) return owed;
      return view.turn === me && me !== null ? "Your turn" : `${seated(view.turn)} is thinking`;
    case "ended":
      if (view.result?.aborted) return "The game was broken off";
      if (view.winner === null) return "A draw";
      return view.winner === me ? "You won" : `${seated(view.winner)} won`;
    case "paused":
      return "The game is paused";
    case "incompatible":
      return "This game was played by other rules";
    default: {
      const free = view.players.filter((player) => player === null).length;
      if (free === 0 && owed) return owed;
      return free === 1 ? "Waiting for one more player" : `Waiting for ${free} players`;
    }
  }
}

/** Say whose stake a table waits for; null where none is missing. */
function owedBy({ unstaked = [] }: GameView, me: number | null, seated: (seat: number) => string): string | null {
  const [first] = unstaked;
  if (first === undefined) return null;
  if (me !== null && unstaked.includes(me)) return "Put in your stake to play";
  return unstaked.length > 1 ? "Waiting for the stakes" : `Waiting for ${seated(first)}’s stake`;
}

/** The cell an arrow key leads to on a square board; at an edge it stays. */
export function moveFocus(cell: number, key: string, width: number): number {
  const [row, column] = [Math.floor(cell / width), cell % width];
  switch (key) {
    case "ArrowUp":
      return Math.max(0, row - 1) * width + column;
    case "ArrowDown":
      return Math.min(width - 1, row + 1) * width + column;
    case "ArrowLeft":
      return row * width + Math.max(0, column - 1);
    case "ArrowRight":
      return row * width + Math.min(width - 1, column + 1);
    default:
      return cell;
  }
}
