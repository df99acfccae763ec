import { expect, test } from "vitest";
import { selectRows, windowOf, type Column } from "../src/rows.js";

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

test("every word of the filter occurs in some column, as it is shown", () => {
  expect(names("TABLE 7", 0, "ascending")).toEqual(["table 9"]);
  expect(names("people lob", 0, "ascending")).toEqual(["lobby"]);
  expect(names("nothing", 0, "ascending")).toEqual([]);
});

test("the rows handed in stay as they were", () => {
  names("", 0, "descending");
  expect(rows[0]?.name).toBe("table 10");
});

test("only rows near the view are drawn, and gaps stand for the others", () => {
  expect(windowOf(10_000, 40, 4_000, 800)).toEqual({ from: 92, to: 128, above: 3_680, below: 394_880 });
  expect(windowOf(3, 40, 0, 800)).toEqual({ from: 0, to: 3, above: 0, below: 0 });
  expect(windowOf(5, 40, 9_000, 800)).toMatchObject({ to: 5, below: 0 });
});
