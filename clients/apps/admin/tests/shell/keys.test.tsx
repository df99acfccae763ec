// @vitest-environment happy-dom
import { cleanup, fireEvent, renderHook } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { useKeys } from "../../src/shell/keys.js";

afterEach(cleanup);

test("a key acts on what is shown now", () => {
  const acted: string[] = [];
  const { rerender } = renderHook(({ first }) => useKeys(first ? { d: () => acted.push(first) } : {}), {
    initialProps: { first: "" },
  });
  fireEvent.keyDown(document.body, { key: "d" });
  rerender({ first: "report 1" });
  fireEvent.keyDown(document.body, { key: "d" });
  rerender({ first: "report 2" });
  fireEvent.keyDown(document.body, { key: "D" });
  expect(acted).toEqual(["report 1", "report 2"]);
});
