// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { kinds, stakeOption, tableKinds } from "../../src/games/kinds.js";

type KindFacts = typeof kinds.value extends ReadonlyMap<string, infer Facts> ? Facts : never;

function facts(kind: string, more: Partial<KindFacts> = {}): [string, KindFacts] {
  return [kind, { kind, title: kind, options: {}, actions: {}, view: {}, ...more }];
}

beforeEach(() => (kinds.value = new Map()));

test("tables can be opened of what the server has, and of all this page plays until it says so", () => {
  expect(tableKinds()).toContain("chess");
  kinds.value = new Map([facts("yams"), facts("battleship"), facts("chat", { view: null })]);
  expect(tableKinds()).toEqual(["battleship", "yams"]);
});

test("a kind has a stake where the server says by which option", () => {
  kinds.value = new Map([facts("yams", { stake: "ante" }), facts("arena", { stake: null })]);
  expect([stakeOption("yams"), stakeOption("arena"), stakeOption("nothing")]).toEqual(["ante", null, null]);
});
