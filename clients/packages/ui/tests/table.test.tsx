// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Table } from "../src/table.js";

const rows = [
  { id: "a", size: 2 },
  { id: "b", size: 9 },
];
const columns = [
  { name: "Id", value: ({ id }: { id: string }) => id },
  { name: "Size", value: ({ size }: { size: number }) => size, numeric: true },
];

const show = (query: string) => (
  <Table title="Things" rows={rows} columns={columns} id={({ id }) => id} query={query} sortBy={1} empty="None." />
);
const ids = (): (string | null)[] =>
  [...document.querySelectorAll("tbody tr")].map((row) => row.getAttribute("data-id"));

beforeEach(() => void render(show("")));
afterEach(cleanup);

test("a head sorts by its column, and turns the order at the second press", async () => {
  expect(ids()).toEqual(["b", "a"]);
  fireEvent.click(screen.getByRole("button", { name: /Size/ }));
  await new Promise((resolve) => setTimeout(resolve));
  expect(ids()).toEqual(["a", "b"]);
  expect(screen.getByRole("columnheader", { name: /Size/ }).getAttribute("aria-sort")).toBe("ascending");
});

test("the rows are one tab stop, walked with the arrow keys", async () => {
  const [first, second] = document.querySelectorAll<HTMLElement>("tbody tr");
  expect([first!.tabIndex, second!.tabIndex]).toEqual([0, -1]);
  first!.focus();
  fireEvent.keyDown(first!, { key: "ArrowDown" });
  expect(document.activeElement).toBe(second);
});

test("a filter without a match says so", () => {
  cleanup();
  render(show("nothing"));
  expect(screen.getByText("Nothing matches the filter.")).toBeTruthy();
});
