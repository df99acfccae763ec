/** Steering a ship with few messages to the server. */

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
/** A longer way within one tick is a jump, which is drawn as one. */
export const LEAP = 100;
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
