import { expect, test } from "vitest";
import { formatBytes, formatDuration, shortAccount } from "../../src/data/format.js";
import { levels, rates } from "../../src/data/overview.js";
import { selectRows, type Column } from "../../src/pages/rows.js";

interface Row {
  name: string;
  size: number;
}

const rows: Row[] = [
  { name: "table 10", size: 1 },
  { name: "lobby", size: 12 },
  { name: "table 9", size: 7 },
];
const columns: Column<Row>[] = [
  { name: "Name", value: ({ name }) => name },
  { name: "Size", value: ({ size }) => size, show: ({ size }) => `${size} people` },
];
const names = (query: string, column: number, direction: "ascending" | "descending"): string[] =>
  selectRows(rows, columns, query, { column, direction }).map(({ name }) => name);

test("rows are sorted by numbers as numbers and by names as a person would", () => {
  expect(names("", 1, "descending")).toEqual(["lobby", "table 9", "table 10"]);
  expect(names("", 0, "ascending")).toEqual(["lobby", "table 9", "table 10"]);
});

test("every word of the filter must occur, in whatever column and as it is shown", () => {
  expect(names("TABLE 7", 0, "ascending")).toEqual(["table 9"]);
  expect(names("people lob", 0, "ascending")).toEqual(["lobby"]);
  expect(names("nothing", 0, "ascending")).toEqual([]);
});

test("the rows handed in stay as they were", () => {
  names("", 0, "descending");
  expect(rows[0]?.name).toBe("table 10");
});

test("a rate is what grew per second, and never negative after a restart", () => {
  const samples = [
    { at: 0, metrics: { requests: 10 } },
    { at: 500, metrics: { requests: 20 } },
    { at: 1_500, metrics: { requests: 0 } },
  ];
  expect(rates(samples, "requests")).toEqual([20, 0]);
  expect(levels(samples, "requests")).toEqual([10, 20, 0]);
  expect(rates(samples, "unknown")).toEqual([0, 0]);
});

test("durations, bytes and accounts are put shortly", () => {
  expect([8_200, 61_000, 3_700_000, 90_000_000].map(formatDuration)).toEqual(["8 s", "1 min", "1 h 1 min", "1 d 1 h"]);
  expect([0, 999, 1_500, 82_300_000].map(formatBytes)).toEqual(["0 B", "999 B", "1.5 kB", "82.3 MB"]);
  expect(shortAccount("eip155:1:0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")).toBe("eip155:1:0xf39F…2266");
});
