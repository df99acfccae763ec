import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Helm, TICK, type Direction } from "../../../src/games/arena/flight.js";
import { predictShip } from "../../../src/games/arena/own-ship.js";

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

describe("one's own ship", () => {
  test("flies from the moment it is steered, and not over the edge", () => {
    vi.useFakeTimers({ now: 0 });
    const view = { ships: [3], x: [980], y: [500], size: 1000, status: "playing", round: 1, applied: [0, 0, 0, 0] };
    const room = { seat: 3, view: { get: () => view, subscribe: () => () => undefined } };
    const ship = predictShip(room as unknown as Parameters<typeof predictShip>[0], () => Promise.resolve());
    void ship.act([1, 0]);
    vi.advanceTimersByTime(TICK);
    const first = ship.shownAt()!;
    expect([first.x > 980, first.y]).toEqual([true, 500]);
    vi.advanceTimersByTime(10 * TICK);
    expect(ship.shownAt()!.x).toBe(1000);
    vi.useRealTimers();
  });
});
