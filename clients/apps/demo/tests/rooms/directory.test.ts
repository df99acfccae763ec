// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import type { RoomInfo } from "@parlour/client";
import type { FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import {
  followDirectory,
  hasMoreRooms,
  loadMoreRooms,
  query,
  rooms,
  sorted,
  withoutClosed,
} from "../../src/rooms/directory.js";
import { comeIn, goOut, settle } from "../inside.js";

interface ListRequest {
  limit: number;
  cursor?: string;
  query?: string;
  kind?: string;
}

/** 250 rooms, new ones first; the oldest is the lobby, the one before it a table. */
const all = Array.from({ length: 250 }, (_, i) => roomOf(i));

function roomOf(i: number): RoomInfo {
  const [id, kind] = i === 249 ? ["lobby", "chat"] : i === 248 ? ["table", "tic-tac-toe"] : [`room-${i}`, "chat"];
  return { id, kind, title: id, createdAt: 1_000 - i } as RoomInfo;
}

function answerLists(socket: FakeSocket): void {
  socket.answer("room:list", ({ limit, cursor = "0", query: words, kind }: ListRequest) => {
    const found = all.filter((room) => (!words || room.id.includes(words)) && (!kind || room.kind === kind));
    const end = Number(cursor) + limit;
    return { rooms: found.slice(Number(cursor), end), cursor: end < found.length ? String(end) : null };
  });
}

afterEach(() => {
  query.value = "";
  goOut();
});

test("rooms beyond 100 are paged and found; the lobby and tables are listed", async () => {
  const socket = comeIn();
  answerLists(socket);
  followDirectory();
  await settle();
  socket.accept();
  await settle();
  await settle();
  expect(rooms.value[0]?.id).toBe("lobby");
  expect(rooms.value.some(({ id }) => id === "table")).toBe(true);
  while (hasMoreRooms.value) await loadMoreRooms();
  expect(rooms.value).toHaveLength(250);
  query.value = "room-23";
  await settle();
  expect(rooms.value.map(({ id }) => id)).toEqual(["room-23", ...all.slice(230, 240).map(({ id }) => id)]);
});

test("what the live list says of a room is newer", () => {
  const [old, now] = [
    { ...roomOf(3), members: 1 },
    { ...roomOf(3), members: 2 },
  ];
  expect(sorted([now], [old])).toEqual([now]);
});

test("a closed room is listed no more, one beyond the live list still is", () => {
  const before = [roomOf(1), roomOf(2), roomOf(3)];
  const now = [roomOf(0), roomOf(2)];
  expect(withoutClosed(before, before, now)).toEqual([roomOf(2), roomOf(3)]);
});
