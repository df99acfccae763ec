// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import {
  access,
  hour,
  joined,
  overview,
  refresh,
  refreshWebhooks,
  takeOverview,
  troubles,
} from "../../src/data/server.js";
import type { Overview } from "../../src/data/types.js";

afterEach(() => void vi.unstubAllGlobals());

const sample = (at: number) => ({
  at,
  connections: 1,
  requestsPerSecond: 2,
  entriesPerSecond: 1,
  ackP99Ms: null,
  commitP99Ms: null,
  loopLagMs: 0.4,
  residentBytes: 9,
  storeWaiting: 0,
});

test("the last hour is kept, and what is new is asked for alone", async () => {
  expect(joined([sample(1), sample(2_000)], [sample(3_600_001)]).map(({ at }) => at)).toEqual([2_000, 3_600_001]);
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(String(path));
    return Response.json({
      hour: [sample(10_000 * asked.length)],
      metrics: {},
      chains: [],
      connections: [],
      rooms: [],
    });
  });
  await refresh();
  await refresh();
  const overviews = asked.filter((path) => path.includes("overview"));
  expect(overviews.map((path) => path.split("since=")[1])).toEqual(["0", "10000"]);
  expect(hour.value).toHaveLength(2);
});

test("told samples continue the hour; where some are missing it is asked for them", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(String(path));
    return Response.json({ hour: [sample(50_000), sample(60_000)], chains: [] });
  });
  hour.value = [sample(10_000), sample(20_000)];
  const told = (...at: number[]) => takeOverview({ hour: at.map(sample) } as Overview);
  told(10_000, 20_000, 30_000);
  expect(hour.value.map(({ at }) => at)).toEqual([10_000, 20_000, 30_000]);
  expect(asked).toEqual([]);
  told(60_000, 70_000);
  await vi.waitFor(() => expect(hour.value.map(({ at }) => at)).toEqual([10_000, 20_000, 30_000, 50_000, 60_000]));
  expect(asked[0]).toContain("since=30000");
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
  expect(troubles.value.map(({ what }) => what)).toEqual(["The server does not answer."]);
});

test("what webhooks gave up counts as trouble until it is known otherwise", async () => {
  const hooks =
    (...parked: object[]) =>
    async () =>
      Response.json({ webhooks: [{ name: "search", parked }] });
  access.value = "open";
  overview.value = {} as Overview;
  vi.stubGlobal("fetch", hooks({ error: "answered 500" }));
  await refreshWebhooks();
  expect(troubles.value).toHaveLength(1);
  vi.stubGlobal("fetch", async () => Response.json({ error: { code: "internal", message: "No." } }, { status: 500 }));
  await refreshWebhooks();
  expect(troubles.value).toHaveLength(1);
  vi.stubGlobal("fetch", hooks());
  await refreshWebhooks();
  expect(troubles.value).toEqual([]);
});
