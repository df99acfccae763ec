// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ALICE, entry, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { Conversation } from "../../src/chat/conversation.js";
import { comeIn, goOut, openLobby } from "../inside.js";

let socket: FakeSocket;

beforeEach(() => void (socket = comeIn()));
afterEach(() => (cleanup(), goOut()));

test("what operators announce stands above the log until it is closed", async () => {
  const room = await openLobby(socket, 1);
  render(<Conversation room={room} />);
  socket.say("entry", { ...entry(2), type: "room.announced", body: { by: ALICE, text: "Down at five" } });
  expect((await screen.findByText("Down at five")).closest("[role=status]")).not.toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(room.announced.value).toBe("");
  expect((await screen.findByRole("log")).textContent).toContain("The server’s operators: Down at five");
});
