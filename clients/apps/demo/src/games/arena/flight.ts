import type { GameView } from "../game.js";

/** The view of an arena: `x`, `y` and `score` are columns, in the order of the seats in `ships`. */
export interface Arena extends GameView {
  ships: number[];
  x: number[];
  y: number[];
  score: number[];
  coins: [x: number, y: number][];
  size: number;
}

export interface Place {
  x: number;
  y: number;
}

type Axis = -1 | 0 | 1;
export type Direction = readonly [dx: Axis, dy: Axis];

/** Milliseconds from one state of the arena to the next. */
export const TICK = 50;
/** What is shown is this old, so that there nearly always is a next state to fly to. */
const DELAY = 2 * TICK;
/** Longer without news, and nothing was moving. */
const PAUSE = 4 * TICK;
/** No ship flies this far in a tick: it was put there. */
const LEAP = 100;
const KEPT_FRAMES = 12;
/** Nearer to where the pointer is, a ship has arrived. */
const NEAR = 24;

interface Frame {
  at: number;
  places: ReadonlyMap<number, Place>;
}

export function placesIn({ ships, x, y }: Arena): Map<number, Place> {
  return new Map(ships.map((seat, i) => [seat, { x: x[i]!, y: y[i]! }]));
}

/** Where ships are between two states. All times are of one clock, in milliseconds. */
export class Flight {
  #frames: Frame[] = [];

  saw(places: ReadonlyMap<number, Place>, at: number): void {
    const last = this.#frames.at(-1);
    if (last && at - last.at > PAUSE) this.#frames.push({ at: at - TICK, places: last.places });
    this.#frames.push({ at: last ? dueAt(last.at, at) : at, places });
    this.#frames = this.#frames.slice(-KEPT_FRAMES);
  }

  shownAt(now: number): Map<number, Place> {
    const time = now - DELAY;
    const next = this.#frames.findIndex(({ at }) => at > time);
    const to = this.#frames.at(next);
    if (!to) return new Map();
    const from = next > 0 ? this.#frames[next - 1]! : to;
    const part = to === from ? 1 : (time - from.at) / (to.at - from.at);
    return new Map([...to.places].map(([seat, place]) => [seat, between(from.places.get(seat), place, part)]));
  }
}

/** The network is not as steady as the server's clock: a state near its time counts as nearly on time. */
function dueAt(last: number, at: number): number {
  const due = last + TICK;
  return Math.abs(at - due) < TICK ? due + (at - due) / 4 : at;
}

function between(from: Place | undefined, to: Place, part: number): Place {
  if (!from || Math.abs(to.x - from.x) > LEAP || Math.abs(to.y - from.y) > LEAP) return to;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

const STILL: Direction = [0, 0];
/** By `KeyboardEvent.code`: the place of a key, whatever letter is on it. */
const STEERING: Record<string, Direction> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
};

export function isSteering(code: string): boolean {
  return Object.hasOwn(STEERING, code);
}

/** Where the keys held down lead; opposite ones cancel each other. */
export function directionOf(held: Iterable<string>): Direction {
  let [dx, dy] = [0, 0];
  for (const code of held) {
    const [x, y] = STEERING[code] ?? STILL;
    dx += x;
    dy += y;
  }
  return [Math.sign(dx) as Axis, Math.sign(dy) as Axis];
}

/** From a ship to where the pointer is held. */
export function toward(from: Place, to: Place): Direction {
  const axis = (distance: number): Axis => (Math.abs(distance) < NEAR ? 0 : (Math.sign(distance) as Axis));
  return [axis(to.x - from.x), axis(to.y - from.y)];
}

/** Tells the server where to fly: what changed only, at most once a tick, and always the last word. */
export class Helm {
  #wanted = STILL;
  /** What the server goes by; undefined: who knows. */
  #told: Direction | undefined = STILL;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #tell: (direction: Direction) => void;

  constructor(tell: (direction: Direction) => void) {
    this.#tell = tell;
  }

  get direction(): Direction {
    return this.#wanted;
  }

  steer(direction: Direction): void {
    this.#wanted = direction;
    if (this.#timer === undefined) this.#say();
  }

  /** A new round: every ship stands still, also where a key is held. */
  standsStill(): void {
    this.#told = STILL;
    this.steer(this.#wanted);
  }

  /** The connection was lost, and maybe the last word with it. */
  mayHaveMissed(): void {
    this.#told = undefined;
    this.steer(this.#wanted);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #say(): void {
    this.#timer = undefined;
    const [dx, dy] = this.#wanted;
    if (this.#told && dx === this.#told[0] && dy === this.#told[1]) return;
    this.#told = this.#wanted;
    this.#tell(this.#wanted);
    this.#timer = setTimeout(() => this.#say(), TICK);
  }
}

export interface Score {
  seat: number;
  coins: number;
}

/** Who leads, first. */
export function standings({ ships, score }: Arena): Score[] {
  return ships.map((seat, i) => ({ seat, coins: score[i]! })).sort((a, b) => b.coins - a.coins || a.seat - b.seat);
}

/** "up and left, 320 away", for those who do not see the nearest coin. */
export function describeNearest(view: Arena, seat: number): string {
  const ship = placesIn(view).get(seat);
  if (!ship) return "";
  const ways = view.coins.map(([x, y]) => ({ x: x - ship.x, y: y - ship.y }));
  const length = ({ x, y }: Place): number => Math.max(Math.abs(x), Math.abs(y));
  const nearest = ways.reduce((best, way) => (length(way) < length(best) ? way : best), ways[0] ?? { x: 0, y: 0 });
  const [dx, dy] = toward({ x: 0, y: 0 }, nearest);
  const words = [dy && (dy < 0 ? "up" : "down"), dx && (dx < 0 ? "left" : "right")].filter(Boolean);
  return `Nearest coin: ${words.join(" and ") || "here"}, ${length(nearest)} away`;
}
