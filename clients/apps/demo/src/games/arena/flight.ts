/** Smooth motion over a server that ticks: places between its states, and few messages to it. Imports nothing. */

export interface Place {
  x: number;
  y: number;
}

export type Axis = -1 | 0 | 1;
export type Direction = readonly [dx: Axis, dy: Axis];

/** No axis is steered along. */
export const STILL: Direction = [0, 0];

/** Milliseconds from one state of the game to the next. */
export const TICK = 50;
/** Milliseconds by which the drawing is late, so that a next state is nearly always known. */
const DELAY = 2 * TICK;
/** Milliseconds without a state after which nothing was moving. */
const PAUSE = 4 * TICK;
/** A longer way within one tick is a jump, which is drawn as one. */
const LEAP = 100;
const KEPT_FRAMES = 12;

interface Frame {
  at: number;
  places: ReadonlyMap<number, Place>;
}

/** Computes where ships are between two states. All times are of one clock, in milliseconds. */
export class Flight {
  #frames: Frame[] = [];

  /** Note a state of the game, seen at `at`. */
  saw(places: ReadonlyMap<number, Place>, at: number): void {
    const last = this.#frames.at(-1);
    if (last && at - last.at > PAUSE) this.#frames.push({ at: at - TICK, places: last.places });
    this.#frames.push({ at: last ? dueAt(last.at, at) : at, places });
    this.#frames = this.#frames.slice(-KEPT_FRAMES);
  }

  /** Where to draw each ship at `now`; empty before the first state. */
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

/** The time a state is drawn for: moved three quarters of the way to one tick after the last, as the network jitters. */
function dueAt(last: number, at: number): number {
  const due = last + TICK;
  return Math.abs(at - due) < TICK ? due + (at - due) / 4 : at;
}

function between(from: Place | undefined, to: Place, part: number): Place {
  if (!from || Math.abs(to.x - from.x) > LEAP || Math.abs(to.y - from.y) > LEAP) return to;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** Sends a direction to the server when it changed, at most once a tick; the last one is always sent. */
export class Helm {
  #wanted = STILL;
  /** What the server was told last; undefined where it may have missed it. */
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

  /** Start a round: the server has stopped every ship, also where a key is still held. */
  standsStill(): void {
    this.#told = STILL;
    this.steer(this.#wanted);
  }

  /** Send again after a lost connection, which may have lost the last direction. */
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
