import { expect, test } from "vitest";
import { serverAt } from "../src/server.js";

const at = (pathname: string, folder?: string): string => serverAt({ origin: "https://host", pathname }, folder);

test("the server has no name at the root of its host", () => {
  expect([at("/"), at("/admin/", "admin/"), at("/admin/index.html", "admin/")]).toEqual(["", "", ""]);
});

test("the server is found behind a path prefix", () => {
  expect([at("/chat/"), at("/chat/admin/", "admin/"), at("/a/b/")]).toEqual([
    "https://host/chat",
    "https://host/chat",
    "https://host/a/b",
  ]);
});
