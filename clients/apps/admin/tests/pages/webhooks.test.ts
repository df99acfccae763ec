// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { replayOf, retryOf } from "../../src/pages/webhooks.js";

test("a retry names the parked entry", () => {
  const act = retryOf("hook-1", "hall", 7);
  expect([act.path, act.body]).toEqual(["/api/admin/webhooks/hook-1/retry", { room: "hall", seq: 7 }]);
});

test("a replay sends the number of its first entry as a number", () => {
  const act = replayOf("hook-1");
  expect(act.path).toBe("/api/admin/webhooks/hook-1/replay");
  expect(act.toBody!({ room: "hall", seq: "3" })).toEqual({ room: "hall", seq: 3 });
});
