import { expect, test } from "vitest";
import { winningLine } from "../../../src/games/tic-tac-toe/board.js";

test("three marks in a row are the winning line", () => {
  expect(winningLine([0, 0, 0, 1, 1, null, null, null, null])).toEqual([0, 1, 2]);
});
