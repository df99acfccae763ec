// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { actsOn } from "../../src/rooms/acts.js";
import type { AdminRoom } from "../../src/data/types.js";

const room = (state: AdminRoom["state"], more: Partial<AdminRoom> = {}): AdminRoom =>
  ({ id: "a b", title: null, state, visibility: "private", ...more }) as AdminRoom;
const names = (state: AdminRoom["state"], more?: Partial<AdminRoom>): string[] =>
  actsOn(room(state, more)).map(({ name }) => name);

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

test("a public room can be featured, and a featured one taken out of the lists whatever it is now", () => {
  expect(names("open", { visibility: "public" })[1]).toBe("Feature");
  expect(names("open", { visibility: "public", featured: true })[1]).toBe("Unfeature");
  expect(names("open", { featured: true })[1]).toBe("Unfeature");
});
