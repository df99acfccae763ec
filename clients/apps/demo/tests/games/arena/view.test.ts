import { expect, test } from "vitest";
import { describeNearest, placesIn, standings, type Arena } from "../../../src/games/arena/view.js";

const view = {
  ships: [0, 4],
  x: [100, 500],
  y: [100, 500],
  score: [1, 3],
  coins: [
    [100, 700],
    [300, 40],
  ],
  size: 1000,
} as unknown as Arena;

test("who leads comes first", () => {
  expect(standings(view)).toEqual([
    { seat: 4, coins: 3 },
    { seat: 0, coins: 1 },
  ]);
  expect(placesIn(view).get(4)).toEqual({ x: 500, y: 500 });
});

test("the nearest coin is told for those who do not see it", () => {
  expect(describeNearest(view, 0)).toBe("Nearest coin: up and right, 200 away");
  expect(describeNearest(view, 9)).toBe("");
});
