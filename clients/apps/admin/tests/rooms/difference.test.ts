import { expect, test } from "vitest";
import { differencesOf } from "../../src/rooms/difference.js";

test("two states differ where a leaf, a field or an item does", () => {
  const before = { turn: 1, board: ["x", null], gone: true };
  const after = { turn: 2, board: ["x", "o", "x"], "a/b": 1 };
  expect(differencesOf(before, after)).toEqual([
    { path: "/turn", before: 1, after: 2 },
    { path: "/board/1", before: null, after: "o" },
    { path: "/board/2", before: undefined, after: "x" },
    { path: "/a~1b", before: undefined, after: 1 },
    { path: "/gone", before: true, after: undefined },
  ]);
});

test("equal states do not differ, and a list is no object", () => {
  expect(differencesOf({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
  expect(differencesOf([], {})).toEqual([{ path: "", before: [], after: {} }]);
});
