import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { applySteps } from "../../src/rooms/steps.js";

interface Case {
  about: string;
  old: unknown;
  new: unknown;
  steps: string;
}

/** Parsed, not imported: in a module `__proto__` would be no key. */
const vectors = JSON.parse(
  readFileSync(new URL("../../../../../tests/vectors/steps.json", import.meta.url), "utf8"),
) as { written: Case[]; refused: Case[] };

describe("the vectors of steps", () => {
  test.each(vectors.written)("$about", ({ old, new: after, steps }) => {
    expect(JSON.stringify(sorted(applySteps(old, steps)))).toBe(JSON.stringify(sorted(after)));
  });

  test.each(vectors.refused)("$about is refused", ({ old, steps }) => {
    expect(() => applySteps(old, steps)).toThrow(RangeError);
  });
});

test("what did not change is shared, and the old view stays as it was", () => {
  const old = { moving: [3, 4], still: [1, { deep: 2 }] };
  const after = applySteps(old, "AC");
  expect(after).toEqual({ moving: [3, 5], still: [1, { deep: 2 }] });
  expect(after.still).toBe(old.still);
  expect(old.moving).toEqual([3, 4]);
});

test("a key named __proto__ is a key like others", () => {
  const after = applySteps(JSON.parse('{"__proto__": {"a": 1}, "b": 1}') as object, "C");
  expect(JSON.stringify(after)).toBe('{"__proto__":{"a":2},"b":1}');
  expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
});

/** With its keys in one order: that of a view's keys is no part of it. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}
