// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ALICE, BOB, entry, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { Conversation } from "../../src/chat/conversation.js";
import { guest } from "../../src/account/session.js";
import type { OpenRoom } from "../../src/rooms/open-room.js";
import { comeIn, goOut, openLobby, settle } from "../inside.js";

let socket: FakeSocket;
let room: OpenRoom;

const field = (): HTMLTextAreaElement => screen.getByRole("textbox", { name: "Message" });
const type = (text: string): void => void fireEvent.input(field(), { target: { value: text } });
const press = (key: string): void => void fireEvent.keyDown(field(), { key });
const texts = (): unknown[] => socket.sentOf("room:post").map(({ type, body }) => [type, body]);

beforeEach(async () => {
  socket = comeIn();
  room = await openLobby(socket, 2);
  socket.say("entry", entry(3, { author: ALICE, body: { text: "a tpyo" } }));
  render(<Conversation room={room} />);
});
afterEach(() => {
  cleanup();
  guest.value = false;
  goOut();
});

test("Enter sends what was typed and empties the field", async () => {
  type("gm");
  press("Enter");
  await settle();
  expect([texts(), field().value]).toEqual([[["chat.message", { text: "gm" }]], ""]);
});

test("the arrow up changes the last message of one's own", async () => {
  press("ArrowUp");
  await screen.findByText(/Changing a message/);
  expect(field().value).toBe("a tpyo");
  type("a typo");
  press("Enter");
  await settle();
  expect(texts()).toEqual([["chat.edit", { of: 3, text: "a typo" }]]);
  expect(room.draft.value).toBe("");
});

test("leaving a change brings the draft back", async () => {
  press("ArrowUp");
  await screen.findByText(/Changing a message/);
  press("Escape");
  await settle();
  type("half a tho");
  cleanup();
  render(<Conversation room={room} />);
  expect(field().value).toBe("half a tho");
});

test("a name is completed by the keyboard, and mentioned", async () => {
  type("hi @0x7099");
  expect(await screen.findByRole("option", { name: /0x7099/ })).toBeTruthy();
  press("Tab");
  await settle();
  press("Enter");
  await settle();
  expect(texts()).toEqual([["chat.message", { text: "hi @0x7099…79C8", mentions: [BOB] }]]);
});

test("Escape closes the completions, and keeps what was typed", async () => {
  type("so :tad");
  await screen.findByRole("option", { name: /:tada:/ });
  press("Escape");
  await settle();
  expect([screen.queryByRole("option"), field().value]).toEqual([null, "so :tad"]);
});

test("an emoji's whole name becomes the emoji as it is typed", async () => {
  type("so :tada:");
  await settle();
  expect([field().value, room.draft.value, screen.queryByRole("option")]).toEqual(["so 🎉", "so 🎉", null]);
});

test("an answer names the message it answers", async () => {
  fireEvent.click(screen.getAllByRole("button", { name: "Reply" })[0]!);
  await screen.findByText(/Answering/);
  type("yes");
  press("Enter");
  await settle();
  expect(texts()).toEqual([["chat.message", { text: "yes", replyTo: 1 }]]);
  expect(screen.queryByText(/Answering/)).toBeNull();
});

test("a guest has no field to write in", async () => {
  guest.value = true;
  expect(await screen.findByText(/looking on as a guest/)).toBeTruthy();
  expect(screen.queryByRole("textbox")).toBeNull();
});
