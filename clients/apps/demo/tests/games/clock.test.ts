// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { timeLeft } from "../../src/games/clock.js";

test("a clock shows minutes and seconds, and hours where a game takes days", () => {
  expect([0, 999, 61_000, 2 * 3_600_000].map(timeLeft)).toEqual(["0:00", "0:01", "1:01", "120:00"]);
  expect([2 * 3_600_000 + 1, 24 * 3_600_000].map(timeLeft)).toEqual(["3 h", "24 h"]);
});
