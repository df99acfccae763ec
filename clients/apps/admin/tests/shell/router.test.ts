// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { hrefOf, readRoute } from "../../src/shell/router.js";

test("an address names a page, what it is about, and how it is looked at", () => {
  expect(readRoute("#/rooms/dm%3A0xA/0xB?tab=Tail&seq=4")).toEqual({
    page: "rooms",
    id: "dm:0xA/0xB",
    query: { tab: "Tail", seq: "4" },
  });
  expect(readRoute("")).toEqual({ page: "overview", id: "", query: {} });
  expect(readRoute("#/people/100%")).toMatchObject({ page: "people", id: "100%" });
});

test("a written address is read as it was meant, without what is empty", () => {
  const href = hrefOf("people", "eip155:1:0xA", { query: "a&b", kind: "" });
  expect(href).toBe("#/people/eip155%3A1%3A0xA?query=a%26b");
  expect(readRoute(href)).toEqual({ page: "people", id: "eip155:1:0xA", query: { query: "a&b" } });
});
