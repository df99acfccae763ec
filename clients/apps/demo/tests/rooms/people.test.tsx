// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { People } from "../../src/rooms/people.js";
import { comeIn, goOut, openLobby } from "../inside.js";

afterEach(() => (cleanup(), goOut()));

test("a long list of people is reached and scrolled with the keyboard", async () => {
  const socket = comeIn();
  const room = await openLobby(socket, 1);
  const joined = Array.from({ length: 60 }, (_, i) => `0x${String(i).padStart(40, "0")}`);
  socket.say("presence", { room: "lobby", v: 2, joined, left: [], count: 61 });
  render(<People room={room} />);
  const list = screen.getByRole("list", { name: "People" });
  expect(list.children).toHaveLength(61);
  expect(list.tabIndex).toBe(0);
});
