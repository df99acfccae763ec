// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";
import { ParlourError } from "@parlour/client";
import type { Load } from "../../src/data/load.js";
import { Page } from "../../src/frame/page.js";

afterEach(cleanup);

const show = (load: Partial<Load<string[]>>): void => {
  const whole = { data: undefined, error: undefined, reload: () => undefined, ...load };
  render(
    <Page title="Things" load={whole} isEmpty={(rows) => rows.length === 0} lesson="Make one with the button.">
      {(rows) => <p>{rows.join(", ")}</p>}
    </Page>,
  );
};
const refusal = (code: "forbidden" | "unavailable", message: string): ParlourError =>
  new ParlourError({ code, message, retryable: false });

test("a page that waits shows a skeleton, one without rows a lesson, one with rows them", () => {
  show({});
  expect(screen.getByText("Loading")).toBeTruthy();
  cleanup();
  show({ data: [] });
  expect(screen.getByText("Make one with the button.")).toBeTruthy();
  cleanup();
  show({ data: ["a", "b"] });
  expect(screen.getByText("a, b")).toBeTruthy();
});

test("a page that fails can be tried again", () => {
  const reload = vi.fn();
  show({ error: refusal("unavailable", "The store is away."), reload });
  expect(screen.getByText(/The store is away/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(reload).toHaveBeenCalledOnce();
});

test("a page one has no right to says which role it needs", () => {
  show({ error: refusal("forbidden", "The console needs the server role operator.") });
  expect(screen.getByRole("heading", { name: "This needs the server role operator" })).toBeTruthy();
});

test("what was loaded stays while it cannot be loaded anew", () => {
  show({ data: ["a"], error: refusal("unavailable", "The store is away.") });
  expect(screen.getByText("a")).toBeTruthy();
  expect(screen.getByText(/as it was/)).toBeTruthy();
});
