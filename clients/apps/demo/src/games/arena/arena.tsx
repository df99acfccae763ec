import { useEffect, useMemo, useRef } from "preact/hooks";
import { effect, useSignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { hashAccount } from "@parlour/ui/avatar";
import { isBot, nameOf } from "../../account/names.js";
import { colourOf, Field, type Pilot, type Scene } from "./field.js";
import { Interpolation, type TickingRoom } from "@parlour/client/predict";
import { Helm, LEAP, TICK, type Place } from "./flight.js";
import { predictShip } from "./own-ship.js";
import { directionOf, isSteering, toward } from "./steering.js";
import { describeNearest, standings, type Arena } from "./view.js";
import { describeGame } from "../game.js";
import type { PlayProps } from "../play.js";
import { status } from "../../shell/connection.js";
import { report } from "../../shell/toast.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { Actions } from "../seats.js";

const DEFAULT_GOAL = 20;
/** Degrees: multiples of the golden angle stay apart, so that many hues can be told from each other. */
const GOLDEN_ANGLE = 137.5;
/** Milliseconds between two times the scores are read aloud, at least. */
const TELL_MS = 4_000;
/** Milliseconds after the last change during which the field is still drawn. */
const SETTLED_MS = 1_000;

export function ArenaTable({ room, view }: PlayProps<Arena>) {
  const seat = room.seat.value;
  const goal = Number(room.room.info.options.goal ?? DEFAULT_GOAL);
  return (
    <section class="table arena" aria-label="Arena">
      <Cockpit room={room} view={view} seat={seat} />
      <Scores view={view} seat={seat} goal={goal} />
      <div class="standing">
        <p class="verdict" role="status">
          {describeArena(view, seat, goal)}
        </p>
        {seat !== null && view.status === "playing" && (
          <p class="fine hint">
            <span class="keys-hint">arrow keys or W A S D, or </span>hold where you want to fly
          </p>
        )}
        <Actions room={room} view={view} lateJoin />
      </div>
    </section>
  );
}

interface CockpitProps {
  room: OpenRoom;
  view: Arena;
  seat: number | null;
}

/** Shows the field and steers the ship: with keys, or towards a pointer that is held down. */
function Cockpit({ room, view, seat }: CockpitProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const target = useRef<Place | null>(null);
  const field = useRef<Field | null>(null);
  const held = useMemo(() => new Set<string>(), []);
  const ship = useMemo(() => steered(room), [room]);
  const helm = useHelm(room, view.round, ship);
  const told = useSignal("");
  useScores(view, (text) => (told.value = text));
  useEffect(() => {
    field.current = new Field(canvas.current!);
    return animate(room, field.current, { helm, ship, target });
  }, [room]);
  useEffect(() => ship.close, [ship]);
  useEffect(() => {
    if (seat !== null && document.activeElement === document.body) canvas.current?.focus({ preventScroll: true });
  }, [seat, view.round]);

  const flies = seat !== null && view.status === "playing";
  const letGo = (): void => {
    held.clear();
    target.current = null;
    helm.steer(directionOf(held));
  };
  const onKey = (event: KeyboardEvent): void => {
    if (!flies || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.code === "Space" && event.type === "keydown") told.value = describeNearest(view, seat);
    else if (!isSteering(event.code)) return;
    else if (event.type === "keydown") held.add(event.code);
    else held.delete(event.code);
    event.preventDefault();
    helm.steer(directionOf(held));
  };
  const aim = (event: PointerEvent): void => {
    target.current = field.current!.placeAt(event, view.size);
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (!flies) return;
    canvas.current!.setPointerCapture(event.pointerId);
    aim(event);
  };
  return (
    <div class={flies ? "field flies" : "field"}>
      <canvas
        ref={canvas}
        tabIndex={0}
        role={flies ? "application" : "img"}
        aria-label={flies ? "Arena: steer with the arrow keys, Space tells where the nearest coin is" : "Arena"}
        aria-describedby="arena-told"
        onKeyDown={onKey}
        onKeyUp={onKey}
        onBlur={letGo}
        onPointerDown={onPointerDown}
        onPointerMove={(event) => target.current && aim(event)}
        onPointerUp={letGo}
        onPointerCancel={letGo}
      />
      <p id="arena-told" class="hidden" role="status">
        {told.value}
      </p>
    </div>
  );
}

/** Make the helm of this table; it sends nothing while offline, as that would come too late. */
function useHelm(room: OpenRoom, round: number, ship: OwnShip): Helm {
  const helm = useMemo(() => {
    const refused = (error: unknown): void => {
      if (!(error instanceof ParlourError && error.code === "illegal")) report(error); // the round may just be over
    };
    return new Helm((direction) => {
      if (status.peek().status === "online") ship.act(direction).catch(refused);
    });
  }, [ship]);
  useEffect(() => helm.standsStill(), [helm, round]);
  useEffect(() => {
    let lost = false;
    const off = status.subscribe(({ status: now }) => {
      if (now === "online" && lost && room.seat.peek() !== null) helm.mayHaveMissed();
      lost = now !== "online";
    });
    return () => (off(), helm.close());
  }, [helm]);
  return helm;
}

type OwnShip = ReturnType<typeof predictShip>;

/** Predict one's own ship, and steer it. */
function steered(room: OpenRoom): OwnShip {
  return predictShip(room.room as TickingRoom<Arena>, ([dx, dy]) => room.room.act("steer", { dx, dy }));
}

interface Controls {
  helm: Helm;
  ship: OwnShip;
  target: { current: Place | null };
}

/** Draw the field on every frame; answers how to stop. */
function animate(room: OpenRoom, field: Field, { helm, ship, target }: Controls): () => void {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const flight = new Interpolation({ key: "ships", fields: ["x", "y"], tick: TICK, leap: LEAP });
  let changedAt = 0;
  let frame = 0;
  const step = (): void => {
    const view = room.view.peek() as Arena;
    const now = performance.now();
    const seat = room.seat.peek();
    const ships = flight.shownAt(now) as unknown as Map<number, Place>;
    const mine = seat === null ? undefined : ship.shownAt(now);
    if (seat !== null && mine) ships.set(seat, mine);
    if (target.current && mine) helm.steer(toward(mine, target.current));
    field.draw(sceneOf(view, seat, ships, helm, target.current), now, calm.matches);
    const settled = view.status !== "playing" && now - changedAt > SETTLED_MS;
    frame = settled ? 0 : requestAnimationFrame(step);
  };
  const wake = (): void => {
    changedAt = performance.now();
    if (frame === 0) frame = requestAnimationFrame(step);
  };
  const unwatch = effect(() => {
    const view = room.view.value as Arena | null;
    if (view?.ships) flight.saw(view, performance.now());
    wake();
  });
  const resized = new ResizeObserver(wake);
  resized.observe(field.canvas);
  return () => {
    unwatch();
    resized.disconnect();
    cancelAnimationFrame(frame);
  };
}

function sceneOf(view: Arena, seat: number | null, ships: Scene["ships"], helm: Helm, target: Place | null): Scene {
  const pilots = new Map(view.ships.map((one) => [one, pilotOf(view, one, seat)]));
  return { size: view.size, ships, pilots, coins: view.coins, direction: helm.direction, target };
}

function pilotOf(view: Arena, seat: number, mine: number | null): Pilot {
  return { ...looksOf(view, seat), mine: seat === mine, away: view.away.includes(seat) };
}

/** A pilot's name, and the hue of the account's picture. Bots have one account, so their seats tell them apart. */
function looksOf({ players }: Arena, seat: number): { name: string; hue: number } {
  const account = players[seat] ?? "";
  if (!isBot(account)) return { name: nameOf(account), hue: hashAccount(account) % 360 };
  const alone = players.filter((player) => player && isBot(player)).length === 1;
  return { name: alone ? nameOf(account) : `Bot ${seat + 1}`, hue: (seat * GOLDEN_ANGLE) % 360 };
}

function Scores({ view, seat: mine, goal }: { view: Arena; seat: number | null; goal: number }) {
  return (
    <ol class="scores" aria-label="Coins">
      {standings(view).map(({ seat, coins }) => {
        const { name, hue } = looksOf(view, seat);
        return (
          <li key={seat} class={seat === mine ? "mine" : undefined}>
            <span class="fuel" style={{ width: `${Math.min(100, (100 * coins) / goal)}%` }} />
            <span class="dot" style={{ background: colourOf(hue) }} />
            <span class="name">{name}</span>
            <strong>{coins}</strong>
          </li>
        );
      })}
    </ol>
  );
}

/** Have changed scores read aloud, at most every `TELL_MS`. */
function useScores(view: Arena, tell: (text: string) => void): void {
  const toldAt = useRef(0);
  const text = standings(view)
    .map(({ seat, coins }) => `${looksOf(view, seat).name} ${coins}`)
    .join(", ");
  useEffect(() => {
    const wait = Math.max(0, toldAt.current + TELL_MS - Date.now());
    const timer = setTimeout(() => {
      toldAt.current = Date.now();
      tell(text && `Coins: ${text}`);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
}

function describeArena(view: Arena, seat: number | null, goal: number): string {
  if (view.status === "waiting") return "The first to sit down begins";
  if (view.status === "playing") return `The first with ${goal} ${goal === 1 ? "coin" : "coins"} wins`;
  if (view.status === "ended" && view.winner === null && !view.result?.aborted) return "Everybody left";
  return describeGame(view, seat, (account) => looksOf(view, view.players.indexOf(account)).name);
}
