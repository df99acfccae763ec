// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { levels, rates } from "../../src/data/overview.js";

test("a rate is what grew per second, and never negative after a restart", () => {
  const samples = [
    { at: 0, metrics: { requests: 10 } },
    { at: 500, metrics: { requests: 20 } },
    { at: 1_500, metrics: { requests: 0 } },
  ];
  expect(rates(samples, "requests")).toEqual([20, 0]);
  expect(levels(samples, "requests")).toEqual([10, 20, 0]);
  expect(rates(samples, "unknown")).toEqual([0, 0]);
});
