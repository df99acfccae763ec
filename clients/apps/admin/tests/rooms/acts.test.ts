// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { actsOn } from "../../src/rooms/acts.js";
import type { AdminRoom } from "../../src/data/types.js";

const room = (state: AdminRoom["state"]): AdminRoom => ({ id: "a b", title: null, state }) as AdminRoom;
const names = (state: AdminRoom["state"]): string[] => actsOn(room(state)).map(({ name }) => name);

test("the acts are those that make sense in the room's state", () => {
  expect(names("open")).toEqual(["Freeze", "Announce", "Transfer", "Close", "Delete"]);
  expect(names("frozen")).toEqual(["Thaw", "Announce", "Transfer", "Close", "Delete"]);
  expect(names("closed")).toEqual(["Delete"]);
});

test("what cannot be undone needs the room's id typed, and freezing can be undone", () => {
  const acts = actsOn(room("open"));
  expect(acts.filter(({ typed }) => typed === "a b").map(({ name }) => name)).toEqual(["Close", "Delete"]);
  expect(acts[0]!.undo?.path).toBe("/api/admin/rooms/a%20b/thaw");
});
