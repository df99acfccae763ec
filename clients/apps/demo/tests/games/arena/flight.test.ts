import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Flight, Helm, TICK, type Direction } from "../../../src/games/arena/flight.js";

const at = (x: number, y = 0): Map<number, { x: number; y: number }> => new Map([[0, { x, y }]]);

describe("between two ticks", () => {
  test("a ship flies evenly, whatever the rate of the screen", () => {
    const flight = new Flight();
    for (let tick = 0; tick <= 10; tick++) flight.saw(at(12 * tick), 1_000 + TICK * tick);
    const seen = [1_400, 1_410, 1_425, 1_440, 1_450].map((now) => flight.shownAt(now).get(0)!.x);
    expect(seen.map((x) => Math.round(x * 10) / 10)).toEqual([72, 74.4, 78, 81.6, 84]);
  });

  test("a state that comes a little late or early does not make it stumble", () => {
    const flight = new Flight();
    const late = [0, 12, -9, 18, 3, -14, 7, 0, 15, -11, 4];
    late.forEach((by, tick) => flight.saw(at(12 * tick), 1_000 + TICK * tick + by));
    const xs = Array.from({ length: 20 }, (_, i) => flight.shownAt(1_200 + i * 16).get(0)!.x);
    const steps = xs.slice(1).map((x, i) => x - xs[i]!);
    expect(Math.min(...steps)).toBeGreaterThan(2.4);
    expect(Math.max(...steps)).toBeLessThan(5.6);
  });

  test("after standing still a ship starts with the tick that moved it", () => {
    const flight = new Flight();
    flight.saw(at(0), 0);
    flight.saw(at(12), 5_000);
    expect(flight.shownAt(4_980).get(0)!.x).toBe(0);
    expect(flight.shownAt(5_100).get(0)!.x).toBe(12);
  });

  test("a ship that is put elsewhere does not cross the field to get there", () => {
    const flight = new Flight();
    flight.saw(at(0), 0);
    flight.saw(at(900), TICK);
    expect([0, 900]).toContain(flight.shownAt(125).get(0)!.x);
  });

  test("ships come and go, and without news nothing moves", () => {
    const flight = new Flight();
    expect(flight.shownAt(0).size).toBe(0);
    flight.saw(at(5), 0);
    flight.saw(new Map([[3, { x: 1, y: 2 }]]), TICK);
    expect([...flight.shownAt(10_000)]).toEqual([[3, { x: 1, y: 2 }]]);
  });
});

describe("steering", () => {
  let told: Direction[];
  let helm: Helm;

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    helm = new Helm((direction) => told.push(direction));
  });
  afterEach(() => vi.useRealTimers());

  test("what does not change is not sent again", () => {
    for (let i = 0; i < 100; i++) {
      helm.steer([1, 0]);
      vi.advanceTimersByTime(10);
    }
    expect(told).toEqual([[1, 0]]);
    helm.steer([0, 0]);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  test("the first word goes at once, then one a tick, and the last one always", () => {
    helm.steer([1, 0]);
    expect(told).toHaveLength(1);
    for (const dy of [1, -1, 1, -1] as const) helm.steer([1, dy]);
    expect(told).toHaveLength(1);
    vi.advanceTimersByTime(TICK);
    expect(told.at(-1)).toEqual([1, -1]);
    helm.steer([0, 1]);
    helm.steer([1, -1]);
    vi.advanceTimersByTime(TICK);
    expect(told).toHaveLength(2);
  });

  test("a key still held steers in the next round, and after a lost connection", () => {
    helm.steer([0, 1]);
    vi.advanceTimersByTime(TICK);
    helm.standsStill();
    vi.advanceTimersByTime(TICK);
    helm.mayHaveMissed();
    expect(told).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });
});
