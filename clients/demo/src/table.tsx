import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { me, nameOf } from "./account.js";
import { CELL_NAMES, describeGame, MARK_NAMES, moveFocus, winningLine, type Board } from "./board.js";
import { formatEther } from "./format.js";
import { report } from "./house.js";
import { Avatar, Circle, Cross } from "./icons.js";
import type { OpenRoom } from "./open-room.js";
import { amountOf, contractOf, stake, staking, type Contract } from "./stake.js";

export function GameTable({ room }: { room: OpenRoom }) {
  const board = room.board.value;
  if (!board || !Array.isArray(board.cells)) return <p class="empty">The table is being laid…</p>;
  const seat = room.seat.value;
  return (
    <section class="table" aria-label="Tic-tac-toe">
      <div class="seats">
        <Seat board={board} seat={0} mine={seat} />
        <Pot room={room} board={board} />
        <Seat board={board} seat={1} mine={seat} />
      </div>
      <Grid room={room} board={board} seat={seat} />
      <p class="verdict" role="status">
        {describeGame(board, seat, nameOf)}
      </p>
      {board.status === "playing" && board.deadline !== null && <Countdown deadline={board.deadline} />}
      <Actions room={room} board={board} seat={seat} />
    </section>
  );
}

function Seat({ board, seat, mine }: { board: Board; seat: number; mine: number | null }) {
  const account = board.players[seat];
  const classes = [
    "seat",
    board.turn === seat && board.status === "playing" ? "on-turn" : "",
    board.winner === seat ? "won" : "",
  ];
  return (
    <div class={classes.filter(Boolean).join(" ")}>
      <span class="seat-mark">{seat === 0 ? <Cross /> : <Circle />}</span>
      {account ? <Avatar account={account} size={30} /> : <span class="avatar vacant" />}
      <span class="seat-name">
        {account ? nameOf(account) : "Free seat"}
        {mine === seat && <small> you</small>}
        {board.away?.includes(seat) && <small> away</small>}
      </span>
    </div>
  );
}

function Grid({ room, board, seat }: { room: OpenRoom; board: Board; seat: number | null }) {
  const focused = useSignal(4);
  const cells = useRef<HTMLDivElement>(null);
  const line = winningLine(board.cells);
  const mayPlay = board.status === "playing" && board.turn === seat;
  const take = (cell: number): void => {
    if (mayPlay && board.cells[cell] === null) room.place(cell).catch(report);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moveFocus(focused.value, event.key);
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

/** Seconds left of the turn; not read aloud every second. */
function Countdown({ deadline }: { deadline: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 500);
    return () => clearInterval(timer);
  }, [deadline]);
  const seconds = Math.max(0, Math.ceil((deadline - now.value) / 1_000));
  return (
    <p class={seconds <= 10 ? "countdown hurry" : "countdown"} aria-hidden="true">
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
    </p>
  );
}

function Actions({ room, board, seat }: { room: OpenRoom; board: Board; seat: number | null }) {
  const free = board.players.some((player) => player === null);
  const contract = contractOf(room.room.info, room.entries.value);
  const owes = contract !== null && seat !== null && BigInt(board.staked?.[seat] ?? "0") < BigInt(amountOf(contract));
  return (
    <div class="row actions">
      {me.value && seat === null && free && (board.status === "waiting" || board.status === "ended") && (
        <button class="primary" onClick={() => room.sit().catch(report)}>
          Sit down
        </button>
      )}
      {seat !== null && board.status === "ended" && (
        <button class="primary" onClick={() => room.room.act("rematch").catch(report)}>
          Play again
        </button>
      )}
      {contract && owes && <StakeButton contract={contract} room={room} />}
    </div>
  );
}

function StakeButton({ contract, room }: { contract: Contract; room: OpenRoom }) {
  const mine = staking.value?.address === contract.address ? staking.value : null;
  const mined = room.timeline.value.some((item) => item.kind === "chain" && item.tx === mine?.tx);
  const waiting = mine !== null && !mined;
  const label = !waiting
    ? `Stake ${formatEther(amountOf(contract))} ETH`
    : mine.tx
      ? "Waiting for a block…"
      : "Confirm in your wallet…";
  return (
    <button class="brass" disabled={waiting} onClick={() => stake(contract).catch(report)}>
      {label}
    </button>
  );
}

/** What the chain has put on this table: the game's own count, else what its events add up to. */
function Pot({ room, board }: { room: OpenRoom; board: Board }) {
  const staked = room.timeline.value.reduce(
    (sum, item) =>
      item.kind === "chain" && item.event === "Staked" && item.status !== "reverted"
        ? sum + BigInt(String(item.args.amount))
        : sum,
    0n,
  );
  const pot = board.pot && board.pot !== "0" ? BigInt(board.pot) : staked;
  return (
    <p class="pot">
      {pot > 0n ? (
        <>
          <strong>{formatEther(pot)}</strong> ETH
        </>
      ) : (
        <span class="muted">{contractOf(room.room.info, room.entries.value) ? "No stake yet" : "against"}</span>
      )}
    </p>
  );
}
