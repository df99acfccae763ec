import { expect, test } from "vitest";
import { findTroubles } from "../../src/data/trouble.js";
import type { Chain, Overview } from "../../src/data/types.js";

const OVERVIEW = { server: { name: "parlour", version: "1", uptimeMs: 1 } } as Overview;
const endpoint = { name: "a", healthy: true, head: 1, errors: 0, lastError: "", latencyMs: 1 };
const CHAIN = {
  chain: 10,
  state: "following",
  reason: "",
  endpoints: [endpoint, endpoint],
  outbox: { waiting: 0, parked: 0, delivered: 0 },
} as unknown as Chain;

const told = (chain: Partial<Chain>): string[] =>
  findTroubles(OVERVIEW, [{ ...CHAIN, ...chain }], false).map(({ what }) => what);

test("nothing is wrong while a chain is followed and every endpoint answers", () => {
  expect(told({})).toEqual([]);
});

test("a halted chain is told with its reason, and endpoints that are down", () => {
  expect(told({ state: "halted", reason: "finalized blocks differ" })).toEqual([
    "Chain 10 is halted: finalized blocks differ",
  ]);
  expect(told({ endpoints: [endpoint, { ...endpoint, healthy: false }] })).toEqual([
    "1 of 2 endpoints of chain 10 are down.",
  ]);
  expect(told({ outbox: { waiting: 0, parked: 3, delivered: 0 } })).toEqual([
    "3 events of chain 10 could not be delivered.",
  ]);
});

test("a server that does not answer is all there is to say", () => {
  expect(findTroubles(OVERVIEW, [{ ...CHAIN, state: "halted" }], true)).toHaveLength(1);
  expect(findTroubles(null, [], false)).toEqual([]);
});
