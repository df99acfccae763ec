// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { access, overview, refresh } from "../../src/data/server.js";
import { App } from "../../src/shell/app.js";
import { followAddress } from "../../src/shell/router.js";

const ROOM = { id: "attic", kind: "chat", title: "Attic", visibility: "public", owner: "0xA", createdAt: 1 };
const ANSWERS: Record<string, object> = {
  "/api/admin/overview": {
    server: { name: "parlour", version: "1", uptimeMs: 1_000 },
    connections: [],
    rooms: [{ ...ROOM, members: 1, connections: 1, head: 3, live: true }],
    metrics: { requests: 0, entries: 0, connections: 1, liveRooms: 1, residentBytes: 1_000_000 },
  },
  "/api/admin/chains": { chains: [] },
};

let asked: RequestInit | undefined;

beforeEach(() => {
  followAddress();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe(): void {}
      disconnect(): void {}
    },
  );
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    if (url.includes("/auth/console")) {
      const own = (init?.headers as Record<string, string> | undefined)?.["Authorization"] === "Bearer t1";
      return Response.json(own ? { account: "0xA", csrf: "c1" } : {}, { status: own ? 200 : 401 });
    }
    if (url.includes("/auth/session")) return Response.json({ token: "t1", account: "0xA" });
    asked = init;
    const path = url.split("?")[0]!;
    return Response.json(ANSWERS[path] ?? {}, { status: path in ANSWERS ? 200 : 404 });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  location.hash = "";
  overview.value = null;
  access.value = "loading";
});

test.each([
  ["locked", "Sign in first"],
  ["forbidden", "This needs a server role"],
  ["lost", "No answer"],
] as const)("who finds the console %s reads why", (state, title) => {
  access.value = state;
  render(<App />);
  expect(screen.getByRole("heading", { name: title })).toBeTruthy();
});

test("the console trades the front page's session for its cookie, asks with its CSRF token, and says all is well", async () => {
  sessionStorage.setItem("parlour:session:", JSON.stringify({ token: "t1", expiresAt: Date.now() + 1_000_000 }));
  await refresh();
  render(<App />);
  expect(await screen.findByText("All is well.")).toBeTruthy();
  expect(asked?.headers).toEqual({ "X-CSRF-Token": "c1" });
});

test("the palette leads to a page and a room by their names", async () => {
  await refresh();
  render(<App />);
  fireEvent.keyDown(document, { key: "k", ctrlKey: true });
  const field = await screen.findByRole("combobox");
  fireEvent.input(field, { target: { value: "atti" } });
  expect(await screen.findByRole("option", { name: /Attic Room attic/ })).toBeTruthy();
  fireEvent.keyDown(field, { key: "Enter" });
  expect(location.hash).toBe("#/rooms/attic");
});

test("an address without a page says so", async () => {
  location.hash = "#/nowhere";
  await refresh();
  render(<App />);
  expect(await screen.findByRole("heading", { name: "No such page" })).toBeTruthy();
});
