import { expect, test } from "vitest";
import { BLOCKS, layoutOf } from "../../src/chain/layout.js";

const chain = { head: 1_000, processed: 999, safe: 970, finalized: 940, recentReorgs: [] };

test("the last blocks are drawn, each as sure as it is", () => {
  const { cells } = layoutOf(chain);
  expect(cells).toHaveLength(BLOCKS);
  const sure = (number: number) => cells.find((cell) => cell.number === number)?.certainty;
  expect([937, 940, 941, 970, 971, 999, 1_000].map(sure)).toEqual([
    "final",
    "final",
    "safe",
    "safe",
    "processed",
    "processed",
    "seen",
  ]);
});

test("a reorganisation hangs below the blocks it undid, as far as they are shown", () => {
  const recentReorgs = [
    { first: 100, blocks: 3, at: 1 },
    { first: 935, blocks: 4, at: 2 },
    { first: 990, blocks: 2, at: 3 },
  ];
  const { branches } = layoutOf({ ...chain, recentReorgs });
  expect(branches.map(({ from, length, blocks }) => [from, length, blocks])).toEqual([
    [0, 2, 4],
    [53, 2, 2],
  ]);
});

test("a young chain is shorter, and one without a head is nothing", () => {
  expect(layoutOf({ ...chain, head: 2 }).cells).toHaveLength(3);
  expect(layoutOf({ ...chain, head: null })).toEqual({ cells: [], branches: [] });
});
