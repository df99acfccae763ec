/**
 * Speed of hand in games that tick: places between two states of the server, and one's own inputs played at once.
 * All times are of one clock, in milliseconds, such as `performance.now()`. Imports nothing.
 */

/** What is read of a room. */
export interface TickingRoom<View> {
  readonly view: { get: () => View | undefined; subscribe: (listener: (view: View | undefined) => void) => () => void };
  readonly seat: number | null;
}

/** Keys that every view of a ticking game has. */
interface Facts {
  status?: string;
  round?: number;
  applied?: readonly number[];
}

export interface InterpolateOptions {
  /** The column of the view that names the rows, such as `ships`. */
  key: string;
  /** The columns of numbers to interpolate, such as `["x", "y"]`. */
  fields: readonly string[];
  /** Milliseconds from one state to the next: 1000 / `tick_rate`. */
  tick: number;
  /** Milliseconds by which the drawing is late, so that a next state is nearly always known; by default two ticks. */
  delay?: number;
  /** A longer way within one tick is a jump, which is shown as one. */
  leap?: number;
}

export type Row = Readonly<Record<string, number>>;
type Rows = ReadonlyMap<number | string, Row>;

const KEPT_FRAMES = 12;
/** Ticks without a state after which nothing was moving. */
const PAUSE_TICKS = 4;
/** Milliseconds in which an error of the prediction is taken back. */
const CORRECTION = 120;
/** Milliseconds there and back that are assumed before the first input was answered, and the most that is predicted. */
const FIRST_TRIP = 100;
const LONGEST_TRIP = 1_000;

/** Rows between the states that were seen. */
export class Interpolation {
  readonly #options: InterpolateOptions;
  #frames: { at: number; rows: Rows }[] = [];

  constructor(options: InterpolateOptions) {
    this.#options = options;
  }

  /** Note a view, seen at `at`. */
  saw(view: object, at: number): void {
    const { tick } = this.#options;
    const rows = rowsOf(view as Record<string, unknown>, this.#options);
    const last = this.#frames.at(-1);
    if (last && at - last.at > PAUSE_TICKS * tick) this.#frames.push({ at: at - tick, rows: last.rows });
    this.#frames.push({ at: last ? dueAt(last.at, at, tick) : at, rows });
    this.#frames = this.#frames.slice(-KEPT_FRAMES);
  }

  /** The rows to draw at `now`, by their names; empty before the first view. */
  shownAt(now: number): Map<number | string, Row> {
    const { tick, delay = 2 * tick, fields, leap = Infinity } = this.#options;
    const time = now - delay;
    const next = this.#frames.findIndex(({ at }) => at > time);
    const to = this.#frames.at(next);
    if (!to) return new Map();
    const from = next > 0 ? this.#frames[next - 1]! : to;
    const part = to === from ? 1 : (time - from.at) / (to.at - from.at);
    return new Map([...to.rows].map(([name, row]) => [name, between(from.rows.get(name), row, part, fields, leap)]));
  }
}

export interface PredictOptions<Own, Input> {
  /** The player's own part of a view; undefined where there is none. `last` is the newest input that acted there. */
  own: (view: never, seat: number, last: Input | undefined) => Own | undefined;
  /** What an input does at once; changes nothing it is given. */
  apply: (own: Own, input: Input) => Own;
  /** What one tick does; changes nothing it is given. */
  step: (own: Own) => Own;
  /** Numbers of `own` that are shown between two ticks, and corrected smoothly. */
  fields: readonly (keyof Own & string)[];
  /** Milliseconds from one tick to the next. */
  tick: number;
  /** Send an input; rejects where the server refuses it. */
  send: (input: Input) => Promise<unknown>;
}

interface Pending<Input> {
  number: number;
  at: number;
  input: Input;
}

/** One's own part of a game, as it will be on the server when an input of now has come there. */
export class Prediction<Own extends object, Input> {
  readonly #options: PredictOptions<Own, Input>;
  #base: { own: Own; at: number; moves: boolean } | undefined;
  #round = 0;
  #sent = 0;
  #trip = FIRST_TRIP;
  #pending: Pending<Input>[] = [];
  #last: Input | undefined;
  #error: { at: number; by: Record<string, number> } | undefined;

  constructor(options: PredictOptions<Own, Input>) {
    this.#options = options;
  }

  /** How long (ms) an input takes to the server and its effect back, as measured. */
  get trip(): number {
    return this.#trip;
  }

  /** How many inputs the server has not shown yet. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Whether a view with the own part was seen. */
  get started(): boolean {
    return this.#base !== undefined;
  }

  /** Note a view that this player in `seat` saw at `at`. */
  saw(view: object, seat: number, at: number): void {
    const { status, round = 0, applied = [] } = view as Facts;
    const before = this.shownAt(at);
    const done = applied[seat] ?? 0;
    if (round !== this.#round) [this.#round, this.#sent, this.#pending, this.#last] = [round, done, [], undefined];
    for (let first = this.#pending[0]; first && first.number <= done; first = this.#pending[0]) {
      this.#trip += (Math.min(LONGEST_TRIP, at - first.at) - this.#trip) / 4;
      this.#last = this.#pending.shift()!.input;
    }
    const own = this.#options.own(view as never, seat, this.#last);
    this.#sent = Math.max(this.#sent, done);
    this.#base = own && {
      own,
      at: this.#base ? dueAt(this.#base.at, at, this.#options.tick) : at,
      moves: status === "playing",
    };
    this.#correct(before, at);
  }

  /** Act at once, and tell the server; rejects where it refuses, and the input is undone. */
  async act(input: Input, at: number): Promise<void> {
    const mine: Pending<Input> = { number: ++this.#sent, at, input };
    const before = this.shownAt(at);
    this.#pending.push(mine);
    this.#correct(before, at); // it acts from the last tick on, as on the server
    try {
      await this.#options.send(input);
    } catch (refusal) {
      const place = this.#pending.indexOf(mine);
      if (place >= 0) {
        this.#pending.splice(place, 1);
        for (const later of this.#pending.slice(place)) later.number--;
        this.#sent--;
      }
      throw refusal;
    }
  }

  /** Move on from what was shown at `at`, without a leap. */
  #correct(before: Own | undefined, at: number): void {
    this.#error = undefined;
    const after = this.shownAt(at);
    if (!before || !after) return;
    const by = (field: string) => Number(before[field as keyof Own]) - Number(after[field as keyof Own]);
    this.#error = { at, by: numbers(this.#options.fields, by) };
  }

  /** What to show at `now`; undefined before the first view. */
  shownAt(now: number): Own | undefined {
    if (!this.#base) return undefined;
    const own = this.#playedTo(now, this.#base);
    if (!this.#error) return own;
    const left = 1 - (now - this.#error.at) / CORRECTION;
    if (left <= 0) return own;
    return {
      ...own,
      ...numbers(this.#options.fields, (field) => Number(own[field as keyof Own]) + this.#error!.by[field]! * left),
    };
  }

  /** Play from the server's state: on this clock it stood where an input of `trip` before it was seen had just come. */
  #playedTo(now: number, { own, at, moves }: { own: Own; at: number; moves: boolean }): Own {
    const { apply, step, tick, fields } = this.#options;
    const until = Math.min(now, at + LONGEST_TRIP);
    const inputs = [...this.#pending];
    let [time, from, to] = [at - this.#trip, own, own];
    for (;;) {
      while (inputs[0] && inputs[0].at < time + tick) to = apply(to, inputs.shift()!.input);
      from = to;
      if (!moves || time >= until) break;
      to = step(to);
      if (time + tick > until) {
        const part = (until - time) / tick;
        const [start, end] = [from, to];
        return { ...end, ...numbers(fields, (field) => mix(start, end, field as keyof Own, part)) };
      }
      time += tick;
    }
    return to;
  }
}

/** Follow a room, and show its rows between two states. `close` ends it. */
export function interpolate<View extends object>(
  room: TickingRoom<View>,
  options: InterpolateOptions,
  clock = present,
) {
  const shown = new Interpolation(options);
  const close = follow(room, (view) => shown.saw(view, clock()));
  return { shownAt: (now = clock()) => shown.shownAt(now), close };
}

/** Follow a room, and play one's own inputs at once. `close` ends it. */
export function predict<View extends object, Own extends object, Input>(
  room: TickingRoom<View>,
  options: PredictOptions<Own, Input>,
  clock = present,
) {
  const shown = new Prediction<Own, Input>(options);
  const look = (view: View | undefined) => view && room.seat !== null && shown.saw(view, room.seat, clock());
  const close = follow(room, look);
  const shownAt = (now = clock()) => {
    if (!shown.started) look(room.view.get()); // a seat may be known later than the view that shows it
    return shown.shownAt(now);
  };
  return { act: (input: Input) => shown.act(input, clock()), shownAt, close };
}

function present(): number {
  return performance.now();
}

function follow<View>(room: TickingRoom<View>, saw: (view: View) => void): () => void {
  const view = room.view.get();
  if (view) saw(view);
  return room.view.subscribe((next) => next && saw(next));
}

/** The time a state is drawn for: moved three quarters of the way to one tick after the last, as the network jitters. */
function dueAt(last: number, at: number, tick: number): number {
  const due = last + tick;
  return Math.abs(at - due) < tick ? due + (at - due) / 4 : at;
}

function rowsOf(view: Record<string, unknown>, { key, fields }: InterpolateOptions): Rows {
  const names = (view[key] ?? []) as (number | string)[];
  const columns = fields.map((field) => [field, (view[field] ?? []) as number[]] as const);
  return new Map(names.map((name, i) => [name, Object.fromEntries(columns.map(([field, of]) => [field, of[i] ?? 0]))]));
}

function between(from: Row | undefined, to: Row, part: number, fields: readonly string[], leap: number): Row {
  if (!from || fields.some((field) => Math.abs(to[field]! - from[field]!) > leap)) return to;
  return numbers(fields, (field) => from[field]! + (to[field]! - from[field]!) * part);
}

function mix<Of>(from: Of, to: Of, field: keyof Of, part: number): number {
  return Number(from[field]) + (Number(to[field]) - Number(from[field])) * part;
}

function numbers(fields: readonly string[], of: (field: string) => number): Record<string, number> {
  return Object.fromEntries(fields.map((field) => [field, of(field)]));
}
