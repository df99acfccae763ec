import { expect, test } from "vitest";
import { equal, isBranch, parts } from "../../../src/games/any/compare.js";

test.each([
  [{ a: [1, null] }, { a: [1, null] }, true],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: 1 }, { a: 1, b: undefined }, false],
  [[1], { 0: 1 }, false],
  [null, {}, false],
  [NaN, 0, false],
])("%j and %j are equal: %s", (one, other, same) => expect(equal(one, other)).toBe(same));

test("only what has parts is a branch", () => {
  expect([{}, [], null, "text", 4].some(isBranch)).toBe(false);
  expect(parts([7])).toEqual([["0", 7]]);
});
