import { expect, test } from "vitest";
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
