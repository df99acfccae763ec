// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";
import { Nowhere } from "../../src/lobby/nowhere.js";
import { followDirectory } from "../../src/rooms/directory.js";
import { followRoute, nowhere } from "../../src/rooms/open-rooms.js";
import { comeIn, goOut, settle } from "../inside.js";

afterEach(() => (cleanup(), goOut()));

test("a server without a lobby offers its rooms, or to make the first one", async () => {
  const socket = comeIn();
  const found = [{ id: "attic", kind: "chat", title: "Attic", createdAt: 1 }];
  socket.refuse("room:join", { code: "not_found", message: "There is no such room." });
  socket.answer("room:list", () => ({ rooms: [], cursor: null }));
  followRoute();
  followDirectory();
  await settle();
  socket.accept();
  await vi.waitFor(() => expect(nowhere.value).toBe(true));
  render(<Nowhere />);
  expect(screen.getByRole("button", { name: "Make the first one" })).toBeTruthy();
  socket.answer("room:list", () => ({ rooms: found, cursor: null }));
  socket.drop();
  socket.accept();
  expect(await screen.findByRole("button", { name: "Attic" })).toBeTruthy();
});
