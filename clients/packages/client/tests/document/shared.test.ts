import { expect, test, vi } from "vitest";
import * as Y from "yjs";
import { SharedList, SharedMap } from "../../src/document/shared.js";

test("a map is a plain object that tells its changes, whoever makes them", () => {
  const [mine, yours] = [new Y.Doc(), new Y.Doc()];
  const board = new SharedMap<{ title: string; size: { w: number } }>(mine.getMap("board"));
  const seen: unknown[] = [];
  const off = board.subscribe((value) => seen.push(value));
  board.assign({ title: "plan", size: { w: 3 } });
  Y.applyUpdate(yours, Y.encodeStateAsUpdate(mine));
  yours.getMap("board").set("title", "sketch");
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(yours));
  expect(seen).toEqual([
    { title: "plan", size: { w: 3 } },
    { title: "sketch", size: { w: 3 } },
  ]);
  expect(board.get()).toBe(board.get());
  off();
  board.delete("title");
  expect(board.get()).toEqual({ size: { w: 3 } });
  expect(seen).toHaveLength(2);
});

test("a list is a plain array, and a transaction is one change", () => {
  const list = new SharedList<number>(new Y.Doc().getArray("a"));
  const seen: unknown[] = [];
  list.subscribe((value) => seen.push(value));
  list.push(1, 2, 3);
  list.set(1, 20);
  list.transact(() => {
    list.insert(0, 0);
    list.delete(3);
  });
  expect(seen).toEqual([
    [1, 2, 3],
    [1, 20, 3],
    [0, 1, 20],
  ]);
  expect(list.length).toBe(3);
});

test("a listener that throws silences no other and stops no change", () => {
  const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const list = new SharedList<number>(new Y.Doc().getArray("a"));
  const seen: unknown[] = [];
  list.subscribe(() => {
    throw new Error("mine");
  });
  const off = list.subscribe((value) => seen.push(value));
  list.push(1);
  off();
  off();
  list.push(2);
  expect([reported.mock.calls.length, seen, list.get()]).toEqual([2, [[1]], [1, 2]]);
  reported.mockRestore();
});
