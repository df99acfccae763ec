import { expect, test } from "vitest";
import { DRAWN, ROWS, rowAfter, rowBefore, windowFrom } from "../../src/chat/window.js";

interface Row {
  seq: number;
  messages?: number[];
}

/** Rows of so many messages each; a row's seq is that of its first message, the first of all is 1. */
function rowsOf(...sizes: number[]): Row[] {
  let next = 1;
  return sizes.map((size) => {
    const messages = Array.from({ length: size }, () => next++);
    return { seq: messages[0]!, messages };
  });
}

const LONG = rowsOf(...Array.from({ length: 300 }, (_, at) => 1 + (at % 10)));

const drawnOf = (items: Row[], from: number | null): number => {
  const { first, end } = windowFrom(items, from);
  return items.slice(first, end).reduce((sum, { messages }) => sum + (messages?.length ?? 1), 0);
};

test("at the end the last messages are drawn", () => {
  expect(windowFrom(LONG, null).end).toBe(LONG.length);
  expect(drawnOf(LONG, null)).toBeGreaterThanOrEqual(ROWS);
  expect(drawnOf(LONG, null)).toBeLessThan(ROWS + 10);
});

test("an empty log draws nothing", () => {
  expect(windowFrom([], null)).toEqual({ first: 0, end: 0 });
  expect(windowFrom([], 5)).toEqual({ first: 0, end: 0 });
});

test("a bounded number of messages is drawn wherever the reader is", () => {
  for (const { seq } of LONG) expect(drawnOf(LONG, seq)).toBeLessThan(DRAWN + 10);
});

test("notes count as one message each", () => {
  const notes = Array.from({ length: 1_000 }, (_, at) => ({ seq: at + 1 }));
  expect(windowFrom(notes, 401)).toEqual({ first: 400, end: 400 + DRAWN });
});

test("what comes at the end of a long log moves nothing that is drawn", () => {
  expect(windowFrom([...LONG, { seq: 100_000 }], 1)).toEqual(windowFrom(LONG, 1));
});

test("a message that became part of an earlier row begins at that row", () => {
  expect(windowFrom(rowsOf(3, 8, 2), 7).first).toBe(1);
});

test("a place before all that is kept is the first row", () => {
  expect(windowFrom([{ seq: 50 }, { seq: 51 }], 3).first).toBe(0);
});

test("reading on, up and down, comes to both ends, and overlaps at each step", () => {
  let { first, end } = windowFrom(LONG, null);
  while (first > 0) {
    const next = windowFrom(LONG, LONG[rowBefore(LONG, first, ROWS)]!.seq);
    expect(next.first).toBeLessThan(first);
    expect(next.end).toBeGreaterThan(first);
    ({ first, end } = next);
  }
  while (end < LONG.length) {
    const next = windowFrom(LONG, LONG[rowAfter(LONG, first, ROWS)]!.seq);
    expect(next.end).toBeGreaterThan(end);
    expect(next.first).toBeLessThan(end);
    ({ first, end } = next);
  }
});
