/** A table for every kind without a page of its own: seats, state, a form for each action, and the way through time. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { KindFacts } from "@parlour/client";
import { nameOf } from "../../account/names.js";
import { me } from "../../account/session.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { report } from "../../shell/toast.js";
import type { GameView } from "../game.js";
import { kinds, titleOf } from "../kinds.js";
import type { PlayProps } from "../play.js";
import { Actions, Countdown } from "../seats.js";
import { ActionForm } from "./actions.js";
import { Chance } from "./chance.js";
import { equal } from "./compare.js";
import { Past } from "./past.js";
import { Seats } from "./seat-list.js";
import { TimeSlider } from "./slider.js";
import { Tree } from "./tree.js";
import { describeTable } from "./words.js";

/** What every game's view has beside its author's own; it is shown as seats, clocks and words. */
const FACTS = ["status", "players", "away", "gone", "turn", "deadline", "clocks", "round", "winner", "result"];
/** Milliseconds between two pictures of a game that ticks. */
const TICKING_MS = 500;

export function AnyTable({ room, view }: PlayProps) {
  const { kind } = room.room.info;
  const facts = kinds.value.get(kind);
  const past = useMemo(() => new Past(room.id, () => room.room.head), [room]);
  useEffect(() => () => past.live(), [past]);
  const live = useCalm(view, facts?.tickRate ? TICKING_MS : 0);
  const before = useBefore(live);
  const moment = past.at.value === null ? null : past.moment.value;
  const shown = (moment ? moment.state : live) as GameView | null;
  const isGame = Array.isArray(shown?.players);
  const head = Math.max(room.room.head, room.entries.value.at(-1)?.seq ?? 0);
  return (
    <section class="table any-table" aria-label={titleOf(kind)}>
      {facts?.description && <p class="fine">{facts.description}</p>}
      {isGame && <Playing room={room} view={shown!} now={view} facts={facts} past={past} />}
      <TimeSlider past={past} head={head} kind={kind} players={shown?.players ?? []} />
      <h2 class="list-title">{past.at.value === null ? "State" : "State then, as a spectator saw it"}</h2>
      <State
        state={shown}
        before={moment ? moment.before : facts?.tickRate ? undefined : before}
        isGame={isGame}
        isStale={past.at.value !== null && !moment}
      />
      <Doing room={room} view={view} facts={facts} isGame={isGame} past={past} />
    </section>
  );
}

interface PlayingProps {
  room: OpenRoom;
  /** What is looked at, now or then. */
  view: GameView;
  now: GameView;
  facts: KindFacts | undefined;
  past: Past;
}

/** Who plays, how it stands, and the buttons of every game. */
function Playing({ room, view, now, facts, past }: PlayingProps) {
  const seat = room.seat.value;
  const isLive = past.at.value === null;
  const seated = now.players?.filter((player) => player !== null).length ?? 0;
  const mayStart = seat !== null && now.status === "waiting" && seated >= (facts?.seats?.min ?? Infinity);
  const act = (name: string) => () => void room.room.act(name).catch(report);
  const bots = seat !== null && isLive && mayChangeBots(now, facts);
  return (
    <>
      <Seats room={room} view={isLive ? view : { ...view, deadline: null }} mayRemoveBots={bots} />
      <p class="verdict" role="status">
        {describeTable(view, isLive ? seat : null, nameOf)}
      </p>
      {isLive && (
        <>
          {!("clocks" in now) && <Countdown view={now} />}
          <Actions room={room} view={now} lateJoin={facts?.lateJoin ?? false}>
            {mayStart && (
              <button class="brass" onClick={act("start")}>
                Begin now
              </button>
            )}
            {bots && now.players.some((player, at) => player === null || room.gone(at)) && (
              <button class="brass" onClick={act("add_bot")}>
                Add a bot
              </button>
            )}
            {seat !== null && facts?.pausable && (now.status === "playing" || now.status === "paused") && (
              <button class="brass" onClick={act(now.status === "paused" ? "resume" : "pause")}>
                {now.status === "paused" ? "Go on" : "Pause the game"}
              </button>
            )}
          </Actions>
          {seat !== null && now.status === "drawing" && <Chance key={now.round} room={room} />}
        </>
      )}
    </>
  );
}

/** Whether bots may come and go: before a game and after it, where nothing is at stake. */
function mayChangeBots({ status, unstaked }: GameView, facts: KindFacts | undefined): boolean {
  return (facts?.bots ?? 0) > 0 && (status === "waiting" || status === "ended") && unstaked === undefined;
}

interface StateProps {
  state: unknown;
  before: unknown;
  isGame: boolean;
  /** Whether this is still another moment's state. */
  isStale: boolean;
}

/** The author's own state, and folded away what every game has. */
function State({ state, before, isGame, isStale }: StateProps) {
  if (state === null || state === undefined) return <p class="fine">It has no state yet.</p>;
  return (
    <div class={isStale ? "any-state stale" : "any-state"} aria-busy={isStale}>
      <Tree label="State" now={isGame ? pick(state, false) : state} before={isGame ? pick(before, false) : before} />
      {isGame && (
        <details>
          <summary class="fine">What every game has</summary>
          <Tree label="What every game has" now={pick(state, true)} before={pick(before, true)} />
        </details>
      )}
    </div>
  );
}

/** A form for each action of the game, or for each type of entry of another kind. */
function Doing({ room, view, facts, isGame, past }: Omit<PlayingProps, "now"> & { isGame: boolean }) {
  const actions = Object.entries(facts?.actions ?? {});
  const posts = Object.entries(facts?.posts ?? {});
  if (!me.value || !facts || (!actions.length && !posts.length)) return null;
  const barred = past.at.value !== null ? "Go back to now to play." : isGame ? notNow(room, view) : "";
  return (
    <>
      <h2 class="list-title">What you can do</h2>
      {barred && <p class="fine">{barred}</p>}
      {actions.map(([name, { description, args }]) => (
        <ActionForm
          key={name}
          name={name}
          description={description}
          args={args}
          barred={barred}
          act={(given) => room.room.act(name, given)}
        />
      ))}
      {posts.map(([type, body]) => (
        <ActionForm
          key={type}
          name={type.replace(".", " ")}
          description=""
          args={body}
          barred={barred}
          act={(given) => room.room.post({ type, body: given })}
        />
      ))}
    </>
  );
}

/** Why nothing can be done at all now; that it is another's turn, or against the rules, the server says. */
function notNow(room: OpenRoom, { status }: GameView): string {
  if (room.seat.value === null) return "Sit down to play.";
  if (status === "waiting" || status === "drawing") return "The game has not begun.";
  return status === "ended" ? "The game is over." : "";
}

/** The value as it was at most so long ago: a game that ticks changes faster than anybody reads. */
function useCalm<Value>(value: Value, pause: number): Value {
  const shown = useSignal(value);
  const newest = useRef(value);
  newest.current = value;
  useEffect(() => {
    if (!pause) return undefined;
    const timer = setInterval(() => (shown.value = newest.current), pause);
    return () => clearInterval(timer);
  }, [pause]);
  return pause ? shown.value : value;
}

/** The value before it changed last; undefined until it has. */
function useBefore(value: unknown): unknown {
  const known = useRef<{ now: unknown; before: unknown }>({ now: value, before: undefined });
  if (!equal(known.current.now, value)) known.current = { now: value, before: known.current.now };
  return known.current.before;
}

function pick(state: unknown, facts: boolean): unknown {
  if (typeof state !== "object" || state === null) return state;
  return Object.fromEntries(Object.entries(state).filter(([name]) => FACTS.includes(name) === facts));
}
