import { expect, test } from "vitest";
import { directionOf, toward } from "../../../src/games/arena/steering.js";

test("keys held together lead between their ways, and opposite ones nowhere", () => {
  expect(directionOf(["ArrowUp", "KeyD"])).toEqual([1, -1]);
  expect(directionOf(["ArrowLeft", "ArrowRight", "KeyS"])).toEqual([0, 1]);
  expect(directionOf(["ArrowUp", "KeyW"])).toEqual([0, -1]);
  expect(directionOf([])).toEqual([0, 0]);
});

test("a ship flies to where the pointer is held, and stops there", () => {
  expect(toward({ x: 100, y: 100 }, { x: 300, y: 50 })).toEqual([1, -1]);
  expect(toward({ x: 100, y: 100 }, { x: 110, y: 95 })).toEqual([0, 0]);
});
