import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { nameOf } from "../../account/names.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { report } from "../../shell/toast.js";
import { Clock } from "../clock.js";
import { describeGame } from "../game.js";
import type { PlayProps } from "../play.js";
import { Pot } from "../pot.js";
import { Actions, Seat, Sure } from "../seats.js";
import { Board } from "./board.js";
import { PieceIcon } from "./pieces.js";
import { describeEnd, describeMove, piecesOf, taken, type Chess, type Color } from "./position.js";

export function ChessTable({ room, view }: PlayProps<Chess>) {
  const seat = room.seat.value;
  const sent = useSignal(false); // one move at a time
  useEffect(() => {
    sent.value = false;
  }, [view.moves.length, view.round]);
  const below = seat === null ? "white" : colorOf(seat, view);
  const above = below === "white" ? "black" : "white";
  const mayMove = seat !== null && view.status === "playing" && view.turn === seat && !sent.value;
  const onMove = (uci: string): void => {
    sent.value = true;
    room.room.act("move", { uci }).catch((error: unknown) => {
      sent.value = false;
      report(error);
    });
  };
  return (
    <section class="table chess" aria-label="Chess" tabIndex={seat === null ? 0 : undefined}>
      <div class="seats">
        <Side room={room} view={view} seat={0} />
        <Pot view={view} />
        <Side room={room} view={view} seat={1} />
      </div>
      <div class="board-side">
        <Taken view={view} color={below} />
        <Board view={view} moves={mayMove ? below : null} below={below} onMove={onMove} />
        <Taken view={view} color={above} />
      </div>
      <p class="verdict" role="status">
        {describeChess(view, seat)}
      </p>
      <LastMove view={view} />
      <Actions room={room} view={view}>
        {seat !== null && view.status === "playing" && <Offers key={view.round} room={room} view={view} seat={seat} />}
      </Actions>
    </section>
  );
}

/** A player with color and clock. */
function Side({ room, view, seat }: PlayProps<Chess> & { seat: number }) {
  const color = colorOf(seat, view);
  const mark = (
    <>
      <PieceIcon piece={{ kind: "king", color }} />
      <span class="hidden">{color}</span>
    </>
  );
  return (
    <Seat room={room} view={view} seat={seat} mark={mark}>
      <Clock view={view} seat={seat} />
    </Seat>
  );
}

function colorOf(seat: number, { white }: Chess): Color {
  return seat === white ? "white" : "black";
}

/** The pieces of a color that were taken. */
function Taken({ view, color }: { view: Chess; color: Color }) {
  const kinds = taken(piecesOf(view.fen), color);
  return (
    <ul class="taken-pieces" aria-label={`Taken from ${color === "white" ? "White" : "Black"}`}>
      {kinds.map((kind, at) => (
        <li key={at}>
          <PieceIcon piece={{ kind, color }} />
          <span class="hidden">{kind}</span>
        </li>
      ))}
    </ul>
  );
}

function LastMove({ view }: { view: Chess }) {
  const uci = view.moves.at(-1);
  if (!uci) return null;
  const mover = view.moves.length % 2 ? "White" : "Black";
  return (
    <p class="fine" role="status">
      {mover}: {describeMove(uci, piecesOf(view.fen))}
      {view.check && view.status === "playing" && ", check"}
    </p>
  );
}

/** The buttons to offer a draw, or accept one, and to resign. */
function Offers({ room, view, seat }: { room: OpenRoom; view: Chess; seat: number }) {
  const offered = view.draw_offered_by;
  return (
    <>
      <button
        class="outlined"
        disabled={offered === seat}
        onClick={() => room.room.act("draw", {}).catch(report)}
        aria-live="polite"
      >
        {offered === seat ? "Draw offered" : offered === null ? "Offer a draw" : "Accept the draw"}
      </button>
      <Sure class="outlined" asks="Really resign?" onSure={() => room.room.act("resign", {}).catch(report)}>
        Resign
      </Sure>
    </>
  );
}

/** Describe the game as every game is described, with how it ended and what is offered. */
export function describeChess(view: Chess, seat: number | null): string {
  const told = describeGame(view, seat, nameOf);
  if (view.status === "ended") return [told, view.result?.aborted ? "" : describeEnd(view)].filter(Boolean).join(" ");
  const offers = view.draw_offered_by;
  if (view.status === "playing" && offers !== null && offers !== seat && seat !== null)
    return `${told}. ${nameOf(view.players[offers] ?? "")} offers a draw`;
  return told;
}
