/** The client plays every conversation of tests/vectors/conversations against a scripted server. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Player } from "./player.js";
import { vectors } from "./vectors.js";

let player: Player;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.spyOn(Math, "random").mockReturnValue(0);
  player = new Player();
});

afterEach(() => {
  player.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("there are conversations", () => {
  expect(vectors().length).toBeGreaterThanOrEqual(18);
});

test.each(vectors())("plays $name", async ({ steps }) => {
  await player.play(steps);
});
