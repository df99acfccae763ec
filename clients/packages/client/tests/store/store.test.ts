import { expect, test, vi } from "vitest";
import { Cell, derive } from "../../src/store/store.js";

const ignore = (): void => undefined;

test("a store is read and listened to by functions without their object", () => {
  const cell = new Cell(1, ignore);
  const { get, subscribe } = cell;
  const seen: number[] = [];
  const off = subscribe((value) => seen.push(value));
  cell.set(1);
  cell.set(2);
  off();
  cell.set(3);
  expect([seen, get()]).toEqual([[2], 3]);
});

test("a store derived from another is computed once for a value, and tells only changes", () => {
  const source = new Cell(1, ignore);
  let computed = 0;
  const odd = derive(source, (value) => (computed++, value % 2));
  const seen: number[] = [];
  odd.subscribe((value) => seen.push(value));
  source.set(3);
  source.set(4);
  expect([odd.get(), seen, computed]).toEqual([0, [0], 3]);
});

test("a listener that throws goes to the error hook", () => {
  const errors: unknown[] = [];
  const cell = new Cell(1, (error) => errors.push(error));
  const mine = new Error("mine");
  const seen: number[] = [];
  cell.subscribe(() => {
    throw mine;
  });
  cell.subscribe((value) => seen.push(value));
  cell.set(2);
  expect([errors, seen]).toEqual([[mine], [2]]);
});

test("an async listener that is rejected goes to the error hook, and ends no process", async () => {
  const errors: unknown[] = [];
  const cell = new Cell(1, (error) => errors.push(error));
  const seen: number[] = [];
  cell.subscribe(async () => Promise.reject(new Error("later")));
  cell.subscribe((value) => seen.push(value));
  cell.set(2);
  await new Promise((resolve) => setTimeout(resolve));
  expect([errors, seen]).toEqual([[new Error("later")], [2]]);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("hook");
    },
  ],
  ["is rejected", async () => Promise.reject(new Error("hook"))],
])("an error hook that %s is reported, and stops nobody", async (_, hook) => {
  const reported = vi.spyOn(console, "error").mockImplementation(ignore);
  const cell = new Cell(1, hook);
  const seen: number[] = [];
  cell.subscribe(() => {
    throw new Error("listener");
  });
  cell.subscribe((value) => seen.push(value));
  cell.set(2);
  await new Promise((resolve) => setTimeout(resolve));
  expect([reported.mock.calls, seen]).toEqual([[[new Error("hook")]], [2]]);
  reported.mockRestore();
});
