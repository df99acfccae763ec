// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { changeOf, deletionOf, makingOf, replayOf, retryOf } from "../../src/pages/webhooks.js";

test("a retry names the parked entry", () => {
  const act = retryOf("hook-1", "hall", 7);
  expect([act.path, act.body]).toEqual(["/api/admin/webhooks/hook-1/retry", { room: "hall", seq: 7 }]);
});

test("a replay sends the number of its first entry as a number", () => {
  const act = replayOf("hook-1");
  expect(act.path).toBe("/api/admin/webhooks/hook-1/replay");
  expect(act.toBody!({ room: "hall", seq: "3" })).toEqual({ room: "hall", seq: 3 });
});

test("a new receiver takes types as a list, and its secret is told", () => {
  let secret = "";
  const act = makingOf((text) => (secret = text));
  expect(act.path).toBe("/api/admin/webhooks");
  expect(act.toBody!({ url: "https://a.example/", rooms: "*", types: "chat.*  game.ended" })).toEqual({
    url: "https://a.example/",
    rooms: "*",
    types: ["chat.*", "game.ended"],
  });
  act.then!({ webhook: {}, secret: "shown once" });
  expect(secret).toBe("shown once");
});

test("what an operator made is changed and deleted under its name", () => {
  const [name, types] = ["hook-1", ["chat.*"]];
  const change = changeOf({
    name,
    url: "https://a.example",
    rooms: "hall",
    types,
    setting: false,
    sending: true,
    waiting: 0,
    parked: [],
  });
  expect([change.method, change.path]).toEqual(["PATCH", "/api/admin/webhooks/hook-1"]);
  expect(change.fields!.find((field) => field.name === "types")!.value).toBe("chat.*");
  expect(deletionOf(name)).toMatchObject({ method: "DELETE", path: "/api/admin/webhooks/hook-1", typed: name });
});
