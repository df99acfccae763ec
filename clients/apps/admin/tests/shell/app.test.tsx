// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { access, overview, refresh } from "../../src/data/overview.js";
import { App } from "../../src/shell/app.js";

const FIGURES = { requests: 0, entries: 0, connections: 1, residentBytes: 1_000_000, peakBytes: 1_000_000 };
let answer: () => Response;
let asked: RequestInit | undefined;

beforeEach(() => {
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    if (String(url).includes("/auth/session")) return Response.json({ token: "t1" });
    asked = init;
    return answer();
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  overview.value = null;
  access.value = "loading";
});

test.each([
  [401, "Sign in first"],
  [403, "This needs a server role"],
  [500, "No answer"],
])("an answer of %i is told as such", async (status, title) => {
  answer = () => new Response("{}", { status });
  await refresh();
  render(<App />);
  expect(screen.getByRole("heading", { name: title })).toBeTruthy();
});

test("the console shows rooms, asked for with the front page's session", async () => {
  sessionStorage.setItem("parlour:session:", JSON.stringify({ token: "t1", expiresAt: Date.now() + 1_000_000 }));
  const room = {
    id: "attic",
    kind: "chat",
    title: "Attic",
    owner: "x",
    members: 1,
    connections: 1,
    head: 3,
    live: true,
  };
  const server = { name: "parlour", version: "1", uptimeMs: 1_000 };
  answer = () => Response.json({ server, connections: [], rooms: [room], metrics: FIGURES });
  await refresh();
  render(<App />);
  expect(screen.getByRole("row", { name: /Attic/ })).toBeTruthy();
  expect(asked?.headers).toEqual({ Authorization: "Bearer t1" });
});
