import { describe, expect, it } from "vitest";
import { Interpolation, Prediction, predict, type TickingRoom } from "../src/predict.js";

const TICK = 50;
const SPEED = 12;
const SETTLE = 1_000;

interface Ship {
  x: number;
  dx: number;
}

type View = Ship & { status: string; round: number; applied: number[] };

const own = ({ x, dx }: View): Ship => ({ x, dx });
const apply = (ship: Ship, dx: number): Ship => ({ ...ship, dx });
const step = (ship: Ship): Ship => ({ ...ship, x: ship.x + ship.dx * SPEED });
const sent = () => Promise.resolve();

/** A server that ticks, and a line to it of `trip` ms there and back that loses states: TCP brings them late. */
class Match {
  now = 0;
  ship: Ship = { x: 0, dx: 0 };
  applied = 0;
  readonly prediction: Prediction<Ship, number>;
  #mail: { at: number; done: () => void }[] = [];

  constructor(
    readonly trip: number,
    readonly late: (tick: number) => number = () => 0,
  ) {
    const send = (dx: number) => {
      this.#later(this.trip / 2, () => ((this.ship = apply(this.ship, dx)), this.applied++));
      return Promise.resolve();
    };
    this.prediction = new Prediction<Ship, number>({ own, apply, step, fields: ["x"], tick: TICK, send });
  }

  run(ms: number, every: (now: number) => void = () => undefined): void {
    for (const until = this.now + ms; this.now < until; this.now++) {
      if (this.now % TICK === 0) this.#tick();
      this.#deliver();
      every(this.now);
    }
  }

  shown(): number {
    return this.prediction.shownAt(this.now)!.x;
  }

  #tick(): void {
    this.ship = step(this.ship);
    const view: View = { ...this.ship, status: "playing", round: 1, applied: [this.applied] };
    this.#later(this.trip / 2 + this.late(this.now / TICK), () => this.prediction.saw(view, 0, this.now));
  }

  #later(ms: number, done: () => void): void {
    const after = this.#mail.at(-1)?.at ?? 0;
    this.#mail.push({ at: Math.max(this.now + ms, ms < this.trip ? 0 : after), done });
    this.#mail.sort((a, b) => a.at - b.at);
  }

  #deliver(): void {
    while (this.#mail[0] && this.#mail[0].at <= this.now) this.#mail.shift()!.done();
  }
}

describe("prediction", () => {
  it.each([50, 150, 300])("moves one's own ship at once over a line of %d ms", (trip) => {
    const match = new Match(trip);
    match.run(SETTLE);
    void match.prediction.act(1, match.now);
    match.run(2 * TICK);
    expect(match.shown()).toBeGreaterThan(0);
    expect(trip < 2 * TICK || match.ship.x === 0 || trip / 2 < 2 * TICK).toBe(true);
  });

  it.each([50, 150, 300])("stands where the server's ship comes to stand, over %d ms with loss", (trip) => {
    const match = new Match(trip, (tick) => (tick % 20 === 7 ? 120 : 0));
    match.run(SETTLE);
    let worst = 0;
    let last = match.shown();
    const watch = () => {
      worst = Math.max(worst, Math.abs(match.shown() - last));
      last = match.shown();
    };
    for (const dx of [1, 0, -1, 1, 1, 0]) {
      void match.prediction.act(dx, match.now);
      match.run(330, watch);
    }
    match.run(SETTLE, watch);
    expect(match.prediction.waiting).toBe(0);
    expect(match.shown()).toBeCloseTo(match.ship.x, 2);
    expect(worst).toBeLessThan(SPEED);
    expect(match.prediction.trip).toBeGreaterThan(trip / 2);
  });

  it("takes an input back that the server refuses", async () => {
    const refused = new Prediction<Ship, number>({
      own, apply, step, fields: ["x"], tick: TICK, send: () => Promise.reject(new Error("illegal")),
    }); // prettier-ignore
    const view: View = { x: 5, dx: 0, status: "playing", round: 1, applied: [0] };
    refused.saw(view, 0, 0);
    const acting = refused.act(1, 0);
    expect(refused.waiting).toBe(1);
    await expect(acting).rejects.toThrow("illegal");
    expect(refused.shownAt(200)?.x).toBe(5);
  });

  it("forgets what was sent before a rematch, and stands still where nobody plays", () => {
    const match = new Prediction<Ship, number>({ own, apply, step, fields: ["x"], tick: TICK, send: sent });
    match.saw({ x: 0, dx: 1, status: "playing", round: 1, applied: [3] }, 0, 0);
    void match.act(1, 10);
    match.saw({ x: 9, dx: 1, status: "ended", round: 2, applied: [0] }, 0, 400);
    expect(match.waiting).toBe(0);
    expect(match.shownAt(1_000)).toEqual({ x: 9, dx: 1 });
  });

  it("begins once the seat is known, follows the room until it is closed, and spectators predict nothing", () => {
    const listeners = new Set<(view: View | undefined) => void>();
    let view: View = { x: 7, dx: 0, status: "playing", round: 1, applied: [0] };
    const subscribe = (listener: (view: View | undefined) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const room = { seat: null as number | null, view: { get: () => view, subscribe } };
    const options = { own, apply, step, fields: ["x"] as const, tick: TICK, send: sent };
    const shown = predict(room as TickingRoom<View>, options, () => 0);
    expect(shown.shownAt()).toBeUndefined();
    room.seat = 0; // the view that shows it came before, and nothing moves
    expect(shown.shownAt()?.x).toBe(7);
    view = { ...view, round: 2, x: 9 };
    for (const tell of listeners) tell(view);
    expect(shown.shownAt(200)?.x).toBe(9);
    shown.close();
    expect(listeners.size).toBe(0);
  });
});

describe("interpolation", () => {
  const options = { key: "ships", fields: ["x", "y"], tick: TICK, leap: 100 };

  it("shows rows between two states, two ticks late", () => {
    const shown = new Interpolation(options);
    expect(shown.shownAt(0).size).toBe(0);
    for (let n = 0; n < 6; n++) shown.saw({ ships: [4], x: [n * 10], y: [0] }, n * TICK);
    expect(shown.shownAt(5 * TICK).get(4)).toEqual({ x: 30, y: 0 });
    expect(shown.shownAt(5 * TICK + 25).get(4)).toEqual({ x: 35, y: 0 });
  });

  it("shows a jump as one, and whoever came or went", () => {
    const shown = new Interpolation(options);
    shown.saw({ ships: [1, 2], x: [0, 0], y: [0, 0] }, 0);
    shown.saw({ ships: [1, 3], x: [500, 9], y: [0, 9] }, TICK);
    const rows = shown.shownAt(TICK + 2 * TICK - 25);
    expect(rows.get(1)).toEqual({ x: 500, y: 0 });
    expect([...rows.keys()]).toEqual([1, 3]);
  });

  it("does not stumble over a state that comes a little late or early", () => {
    const shown = new Interpolation(options);
    const late = [0, 12, -9, 18, 3, -14, 7, 0, 15, -11, 4];
    late.forEach((by, n) => shown.saw({ ships: [1], x: [12 * n], y: [0] }, 1_000 + TICK * n + by));
    const xs = Array.from({ length: 20 }, (_, i) => shown.shownAt(1_200 + i * 16).get(1)!.x!);
    const steps = xs.slice(1).map((x, i) => x - xs[i]!);
    expect(Math.min(...steps)).toBeGreaterThan(2.4);
    expect(Math.max(...steps)).toBeLessThan(5.6);
  });

  it("starts with the tick that moved a row, after it stood still", () => {
    const shown = new Interpolation(options);
    shown.saw({ ships: [1], x: [0], y: [0] }, 0);
    shown.saw({ ships: [1], x: [12], y: [0] }, 5_000);
    expect(shown.shownAt(4_980).get(1)!.x).toBe(0);
    expect(shown.shownAt(5_100).get(1)!.x).toBe(12);
  });
});
