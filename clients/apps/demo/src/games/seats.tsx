/** Shows what every table has around its board: who sits where, the clock, and the buttons to sit and leave. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Account, Entry } from "@parlour/client";
import { Avatar } from "@parlour/ui/avatar";
import { StakePanel } from "../chain/stake-panel.js";
import { nameOf } from "../account/names.js";
import { me } from "../account/session.js";
import type { GameView } from "./game.js";
import { report } from "../shell/toast.js";
import type { OpenRoom } from "../rooms/open-room.js";

/** Milliseconds in which a second press on a button confirms the first. */
const SURE_MS = 4_000;

interface SeatProps {
  room: OpenRoom;
  view: GameView;
  seat: number;
  /** The mark of this seat on the board. */
  mark: ComponentChildren;
  /** What else is said of the player, below the name. */
  children?: ComponentChildren;
}

export function Seat({ room, view, seat, mark, children }: SeatProps) {
  const account = view.players[seat];
  const classes = [
    "seat",
    view.turn === seat && view.status === "playing" ? "on-turn" : "",
    view.winner === seat ? "won" : "",
  ];
  return (
    <div class={classes.filter(Boolean).join(" ")}>
      <span class="seat-mark">{mark}</span>
      {account ? <Avatar account={account} size={30} /> : <span class="avatar vacant" />}
      <span class="seat-name">
        {account ? nameOf(account) : "Free seat"}
        {room.seat.value === seat && <small> you</small>}
        {view.away?.includes(seat) && <small> {room.gone(seat) ? "left" : "away"}</small>}
        {children}
      </span>
    </div>
  );
}

/** Shows the seconds left of the turn, hidden from screen readers, which would read every second. */
export function Countdown({ view: { status, deadline } }: { view: GameView }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 500);
    return () => clearInterval(timer);
  }, [deadline]);
  if (status !== "playing" || deadline === null) return null;
  const seconds = Math.max(0, Math.ceil((deadline - now.value) / 1_000));
  return (
    <p class={seconds <= 10 ? "countdown hurry" : "countdown"} aria-hidden="true">
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
    </p>
  );
}

interface ActionsProps {
  room: OpenRoom;
  view: GameView;
  /** Whether one may sit down while the others play. */
  lateJoin?: boolean;
  children?: ComponentChildren;
}

export function Actions({ room, view, lateJoin = false, children }: ActionsProps) {
  const seat = room.seat.value;
  const isClosed = room.ended.value !== null;
  const free = view.players.some((player, at) => player === null || room.gone(at));
  const asked = askedAgain(room.entries.value, me.value);
  const open = view.status === "waiting" || view.status === "ended" || (lateJoin && view.status === "playing");
  return (
    <>
      {!isClosed && (
        <div class="row actions">
          {me.value && seat === null && free && open && (
            <button class="primary" onClick={() => room.sit().catch(report)}>
              Sit down
            </button>
          )}
          {seat !== null && view.status === "ended" && (
            <button class="primary" disabled={asked} onClick={() => room.room.act("rematch").catch(report)}>
              {asked ? "Waiting for the others…" : "Play again"}
            </button>
          )}
          {children}
          {seat !== null && <Leave key={view.status} room={room} playing={view.status === "playing"} />}
        </div>
      )}
      <StakePanel room={room} view={view} />
    </>
  );
}

/** The button to leave the table; during a game it asks for a second press. */
function Leave({ room, playing }: { room: OpenRoom; playing: boolean }) {
  const leave = (): void => void room.stand().catch(report);
  if (playing)
    return (
      <Sure class="link leave" asks="Really leave?" onSure={leave}>
        Leave the table
      </Sure>
    );
  return (
    <button class="link leave" onClick={leave}>
      Leave the table
    </button>
  );
}

interface SureProps {
  class: string;
  /** What the button says once it was pressed, for some seconds. */
  asks: string;
  onSure: () => void;
  children: ComponentChildren;
}

/** A button that acts at the second press. */
export function Sure({ class: look, asks, onSure, children }: SureProps) {
  const asked = useSignal(false);
  useEffect(() => {
    const timer = asked.value ? setTimeout(() => (asked.value = false), SURE_MS) : undefined;
    return () => clearTimeout(timer);
  }, [asked.value]);
  return (
    <button class={look} onClick={() => (asked.value ? onSure() : (asked.value = true))}>
      {asked.value ? asks : children}
    </button>
  );
}

/** Whether this account asked for a rematch since the last game ended. */
function askedAgain(entries: readonly Entry[], account: Account): boolean {
  const ended = entries.findLastIndex(({ type }) => type === "game.ended");
  return entries
    .slice(ended)
    .some(({ type, author, body }) => type === "game.action" && author === account && body?.action === "rematch");
}
