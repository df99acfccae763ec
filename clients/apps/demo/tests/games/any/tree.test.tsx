// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { Tree } from "../../../src/games/any/tree.js";

afterEach(cleanup);

const text = (): string => screen.getByRole("list", { name: "State" }).textContent!;

test("values that changed say so, with what they were", () => {
  render(<Tree label="State" now={{ score: 2, name: "Ada" }} before={{ score: 1, name: "Ada" }} />);
  expect(text()).toBe("score 2 (changed) was 1name Ada");
});

test("what is new and what is gone is told", () => {
  render(<Tree label="State" now={{ red: 1 }} before={{ blue: 2 }} />);
  expect(text()).toBe("red 1 (changed) newblue gone");
});

test("a row of a board stands in one line, and its changed cell is marked", () => {
  render(<Tree label="State" now={{ cells: [[null, 1]] }} before={{ cells: [[null, null]] }} />);
  expect(text()).toBe("cells 1 item (changed)0–1 (changed)");
});

test("what lies deep is closed until something changes in it", () => {
  const deep = (leaf: number) => ({ a: { b: { c: { d: leaf } } } });
  const { rerender } = render(<Tree label="State" now={deep(1)} before={undefined} />);
  expect(text()).not.toContain("d 1");
  rerender(<Tree label="State" now={deep(2)} before={deep(1)} />);
  expect(text()).toContain("d 2 (changed) was 1");
});

test("a state of nothing says so", () => {
  render(<Tree label="State" now={{}} before={undefined} />);
  expect(text()).toBe("Nothing.");
});
