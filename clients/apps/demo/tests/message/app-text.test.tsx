// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entry, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { ThreadView } from "../../src/pane/thread.js";
import { comeIn, goOut, openLobby } from "../inside.js";

let socket: FakeSocket;

beforeEach(() => void (socket = comeIn()));
afterEach(() => (cleanup(), goOut()));

test("a thread that began with an entry of a DApp shows that entry", async () => {
  const room = await openLobby(socket, 1);
  const root = { ...entry(2, { type: "app.note", body: { about: "<b>a map</b>" } }), reactions: {} };
  const reply = { ...entry(3, { body: { text: "nice", thread: 2 } }), reactions: {} };
  socket.answer("room:history", () => ({ ok: true, entries: [root, reply], more: false }));
  render(<ThreadView room={room} root={2} />);
  const thread = (await screen.findByText("nice")).closest(".thread")!;
  expect(thread.textContent).toContain('app.note {"about":"<b>a map</b>"}');
});
