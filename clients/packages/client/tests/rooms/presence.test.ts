import { expect, test } from "vitest";
import { presenceAfter } from "../../src/rooms/presence.js";
import { ALICE, BOB } from "../fake-socket.js";

const before = { v: 1, members: [ALICE], count: 1 };
const event = { room: "lobby", v: 2, joined: [], left: [], count: 1 };

test("what people say of themselves is kept until they take it back, or leave", () => {
  const busy = { status: "busy", text: "chess" } as const;
  const said = presenceAfter(before, { ...event, joined: [BOB], count: 2, status: { [BOB]: busy } })!;
  expect(said).toEqual({ v: 2, members: [ALICE, BOB], count: 2, status: { [BOB]: busy } });
  expect(presenceAfter(said, { ...event, v: 3, status: { [BOB]: { status: "active" } } })).not.toHaveProperty("status");
  expect(presenceAfter(said, { ...event, v: 3, left: [BOB] })).toEqual({ v: 3, members: [ALICE], count: 1 });
  const seen = { ...event, v: 3, left: [BOB], status: { [BOB]: { lastSeen: 7 } } };
  expect(presenceAfter(said, seen)?.status).toEqual({ [BOB]: { lastSeen: 7 } });
});

test("what connections show goes with them", () => {
  const cursor = { account: BOB, body: { x: 1 } };
  const shown = presenceAfter(before, { ...event, data: { c1: cursor } })!;
  expect(shown.data).toEqual({ c1: cursor });
  expect(presenceAfter(shown, { ...event, v: 3, data: { c1: null } })).toEqual({ ...before, v: 3 });
});

test("an event that does not follow says nothing", () => {
  expect(presenceAfter(before, { ...event, v: 4 })).toBeUndefined();
});
