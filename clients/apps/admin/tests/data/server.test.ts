// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { access, levels, rates, refresh } from "../../src/data/server.js";

afterEach(() => void vi.unstubAllGlobals());

test("a rate is what grew per second, and never negative after a restart", () => {
  const samples = [
    { at: 0, metrics: { requests: 10 } },
    { at: 500, metrics: { requests: 20 } },
    { at: 1_500, metrics: { requests: 0 } },
  ];
  expect(rates(samples, "requests")).toEqual([0, 20, 0]);
  expect(levels(samples, "requests")).toEqual([10, 20, 0]);
  expect(rates(samples, "unknown")).toEqual([0, 0, 0]);
});

test.each([
  [401, "unauthorized", "locked"],
  [403, "forbidden", "forbidden"],
  [500, "internal", "lost"],
])("an answer of %i (%s) leaves the console %s", async (status, code, state) => {
  const error = { code, message: "No.", retryable: false };
  vi.stubGlobal("fetch", async () => Response.json({ error }, { status }));
  await refresh();
  expect(access.value).toBe(state);
});

test("a server that cannot be reached is lost", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  await refresh();
  expect(access.value).toBe("lost");
});
