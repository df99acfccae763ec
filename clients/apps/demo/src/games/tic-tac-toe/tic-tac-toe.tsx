import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { nameOf } from "../../account/names.js";
import { CELL_NAMES, MARK_NAMES, winningLine, type Board } from "./board.js";
import { describeGame, moveFocus } from "../game.js";
import type { PlayProps } from "../play.js";
import { report } from "../../shell/toast.js";
import { Circle, Cross } from "./marks.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { Pot } from "../pot.js";
import { Actions, Countdown, Seat } from "../seats.js";

export function TicTacToe({ room, view: board }: PlayProps<Board>) {
  const seat = room.seat.value;
  return (
    <section class="table" aria-label="Tic-tac-toe">
      <div class="seats">
        <Seat room={room} view={board} seat={0} mark={<Cross />} />
        <Pot view={board} />
        <Seat room={room} view={board} seat={1} mark={<Circle />} />
      </div>
      <Grid room={room} board={board} seat={seat} />
      <p class="verdict" role="status">
        {describeGame(board, seat, nameOf)}
      </p>
      <Countdown view={board} />
      <Actions room={room} view={board} />
    </section>
  );
}

function Grid({ room, board, seat }: { room: OpenRoom; board: Board; seat: number | null }) {
  const focused = useSignal(4);
  const cells = useRef<HTMLDivElement>(null);
  const line = winningLine(board.cells);
  const mayPlay = board.status === "playing" && board.turn === seat;
  const take = (cell: number): void => {
    if (mayPlay && board.cells[cell] === null) room.room.act("place", { cell }).catch(report);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moveFocus(focused.value, event.key, 3);
    if (/^[1-9]$/.test(event.key)) take(Number(event.key) - 1);
    if (next === focused.value) return;
    event.preventDefault();
    focused.value = next;
    cells.current?.querySelectorAll<HTMLElement>("button")[next]?.focus();
  };
  return (
    <div class={mayPlay ? "board may-play" : "board"} ref={cells} role="group" aria-label="Board" onKeyDown={onKeyDown}>
      {board.cells.map((owner, cell) => (
        <button
          key={cell}
          class={line.includes(cell) ? "cell in-line" : "cell"}
          tabIndex={cell === focused.value ? 0 : -1}
          aria-disabled={!mayPlay || owner !== null}
          aria-label={`${CELL_NAMES[cell]}: ${owner === null ? "free" : MARK_NAMES[owner]}`}
          onFocus={() => (focused.value = cell)}
          onClick={() => take(cell)}
        >
          {owner === 0 && <Cross />}
          {owner === 1 && <Circle />}
        </button>
      ))}
    </div>
  );
}
