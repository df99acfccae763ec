// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entry, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { Log } from "../../src/chat/log.js";
import { Writing } from "../../src/composer/writing.js";
import { DRAWN, ROWS } from "../../src/chat/window.js";
import type { OpenRoom } from "../../src/rooms/open-room.js";
import { comeIn, goOut, openLobby, settle } from "../inside.js";

let socket: FakeSocket;
let room: OpenRoom;

beforeEach(() => void (socket = comeIn()));
afterEach(() => (cleanup(), goOut()));

async function show(head: number, apartMs?: number, first?: number): Promise<HTMLElement> {
  room = await openLobby(socket, head, apartMs, first);
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
  await scrollTo(log, "top");
  expect(log.querySelectorAll(".talk")).toHaveLength(2 * ROWS);
});

/** Scroll to the upper edge of what is drawn, or to the lower. */
async function scrollTo(log: HTMLElement, edge: "top" | "bottom"): Promise<void> {
  Object.defineProperties(log, {
    scrollHeight: { value: 5_000, configurable: true },
    clientHeight: { value: 500, configurable: true },
  });
  log.scrollTop = edge === "top" ? 0 : 4_500;
  fireEvent.scroll(log);
  await settle();
}

async function readBack(log: HTMLElement): Promise<void> {
  while (!drawn(log).includes("line 1")) await scrollTo(log, "top");
}

const drawn = (log: HTMLElement): string[] =>
  [...log.querySelectorAll(".message .text")].map(({ textContent }) => textContent!.trim());

test("reading back to the beginning and on to the end draws a bounded number of messages", async () => {
  const log = await show(300);
  for (let step = 0; step < 2; step++) {
    await scrollTo(log, "top");
    expect(drawn(log).length).toBeLessThanOrEqual(DRAWN);
  }
  expect(drawn(log)[0]).toBe("line 1");
  for (let step = 0; step < 2; step++) {
    await scrollTo(log, "bottom");
    expect(drawn(log).length).toBeLessThanOrEqual(DRAWN);
  }
  expect(drawn(log).at(-1)).toBe("line 300");
  expect(drawn(log)).toHaveLength(ROWS);
});

test("what comes while one reads back draws nothing, and the newest is a click away", async () => {
  const log = await show(300);
  await readBack(log);
  const before = [...log.querySelectorAll("*")];
  socket.say("entry", entry(301, { at: 301 * 3_600_000 }));
  await settle();
  expect(room.entries.value.at(-1)!.seq).toBe(301);
  expect([...log.querySelectorAll("*")]).toEqual(before);
  fireEvent.click(screen.getByRole("button", { name: "To the newest" }));
  await settle();
  expect(drawn(log).at(-1)).toBe("line 301");
});

test("a jump to a message far from what is drawn draws it and what is around it", async () => {
  const log = await show(300);
  await room.jump(150);
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  expect(drawn(log)).toContain("line 150");
  expect(drawn(log)).toContain("line 110");
  expect(drawn(log).length).toBeLessThanOrEqual(DRAWN);
});

test("what is new is a click away, also where it begins above what is drawn", async () => {
  const log = await show(300);
  room.readBefore.value = 100;
  await settle();
  expect(drawn(log)).not.toContain("line 101");
  fireEvent.scroll(log);
  await settle();
  fireEvent.click(screen.getByRole("button", { name: "To what is new" }));
  await settle();
  expect(log.querySelector(".unread-line + .talk")?.textContent).toContain("line 101");
});

test("End leads to the newest message, also while it is not drawn", async () => {
  const log = await show(300);
  await readBack(log);
  log.querySelector<HTMLElement>(".message")!.focus();
  fireEvent.keyDown(document.activeElement!, { key: "End" });
  await new Promise((resolve) => requestAnimationFrame(resolve));
  expect(document.activeElement?.textContent).toContain("line 300");
});

test("the focus stays in the log when its message is no longer drawn", async () => {
  const log = await show(300);
  [...log.querySelectorAll<HTMLElement>(".message")].at(-1)!.focus();
  await readBack(log);
  expect(document.activeElement).toBe(log);
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

test("arrow keys lead above the first message to what was before, and back", async () => {
  const log = await show(50, 3_600_000, 48);
  const press = (key: string): void => void fireEvent.keyDown(document.activeElement!, { key });
  log.querySelector<HTMLElement>(".message")!.focus();
  press("ArrowUp");
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Show what was before" }));
  expect(screen.getByRole("button", { name: "Show what was before" }).tabIndex).toBe(-1);
  press("ArrowDown");
  expect(document.activeElement?.textContent).toContain("line 48");
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
