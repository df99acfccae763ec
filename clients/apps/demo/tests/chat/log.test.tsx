// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { Log } from "../../src/chat/log.js";
import { Writing } from "../../src/composer/writing.js";
import { ROWS } from "../../src/chat/window.js";
import type { OpenRoom } from "../../src/rooms/open-room.js";
import { comeIn, goOut, openLobby } from "../inside.js";

let socket: FakeSocket;
let room: OpenRoom;

beforeEach(() => void (socket = comeIn()));
afterEach(() => (cleanup(), goOut()));

async function show(head: number, apartMs?: number): Promise<HTMLElement> {
  room = await openLobby(socket, head, apartMs);
  render(<Log room={room} writing={new Writing(room)} />);
  return screen.getByRole("log");
}

test("a long log draws its last rows alone", async () => {
  const log = await show(2_000);
  expect(log.querySelectorAll(".talk")).toHaveLength(ROWS);
  expect(log.textContent).toContain("line 2000");
});

test("scrolling up to the first row shows those before", async () => {
  const log = await show(250);
  Object.defineProperties(log, { scrollHeight: { value: 5_000 }, clientHeight: { value: 500 } });
  log.scrollTop = 10;
  fireEvent.scroll(log);
  await new Promise((resolve) => setTimeout(resolve));
  expect(log.querySelectorAll(".talk")).toHaveLength(2 * ROWS);
});

test("a long log of one author is drawn in part as well", async () => {
  const log = await show(2_000, 100);
  expect(log.querySelectorAll(".message")).toHaveLength(ROWS);
  expect(log.textContent).toContain("line 2000");
});

test("the log has one tab stop", async () => {
  const log = await show(50);
  const stops = [log, ...log.querySelectorAll<HTMLElement>("*")].filter(({ tabIndex }) => tabIndex >= 0);
  expect(stops).toEqual([log]);
});

test("arrow keys lead from message to message, and to its buttons", async () => {
  const log = await show(3);
  const press = (key: string): void => void fireEvent.keyDown(document.activeElement!, { key });
  log.focus();
  press("ArrowUp");
  expect(document.activeElement?.textContent).toContain("line 3");
  press("ArrowUp");
  expect(document.activeElement?.textContent).toContain("line 2");
  press("ArrowRight");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("React with 👍");
  press("ArrowLeft");
  press("Escape");
  expect(document.activeElement).toBe(log);
});
