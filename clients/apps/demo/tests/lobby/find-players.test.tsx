// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ALICE, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { kinds } from "../../src/games/kinds.js";
import { FindPlayers } from "../../src/lobby/find-players.js";
import { comeIn, goOut, settle } from "../inside.js";

let socket: FakeSocket;
let closed: number;

beforeEach(async () => {
  closed = 0;
  socket = comeIn();
  socket.answer("ratings:of", () => ({ ratings: { [ALICE]: { rating: 1612, deviation: 90, games: 12, rank: 3 } } }));
  socket.answer("match:find", () => ({ ticket: "t1", waiting: 1 }));
  socket.answer("match:cancel", () => ({}));
  await settle();
  socket.accept();
  render(<FindPlayers kind="chess" options={{}} onFound={() => (closed += 1)} />);
  await settle();
});

afterEach(() => {
  cleanup();
  goOut();
});

test("who looks for players sees how it stands, and goes to the table that is found", async () => {
  expect(screen.getByRole("status").textContent).toBe("Your rating: 1612, number 3");
  fireEvent.click(screen.getByRole("button", { name: "Find players" }));
  await settle();
  socket.say("match:status", { ticket: "t1", waiting: 3, within: 150 });
  await settle();
  expect(screen.getByRole("status").textContent).toBe("2 more waiting, within 150 points of your rating");
  socket.say("match:found", { ticket: "t1", room: "match-1", seat: 0, players: [], confirmBy: 9 });
  await settle();
  expect(location.hash).toContain("match-1");
  expect(closed).toBe(1);
});

test("who stops looking leaves the line", async () => {
  fireEvent.click(screen.getByRole("button", { name: "Find players" }));
  await settle();
  fireEvent.click(screen.getByRole("button", { name: "Stop looking" }));
  await settle();
  expect(socket.sentOf("match:cancel")).toEqual([{ ticket: "t1" }]);
  expect(screen.getByRole("button", { name: "Find players" })).toBeTruthy();
});

test("who waits since an earlier visit is told so, and may leave the line", async () => {
  const message = "That account waits.";
  const error = { code: "illegal", reason: "already_waiting", message, retryable: false, details: { ticket: "t0" } };
  socket.answer("match:find", () => ({ ok: false, error }));
  fireEvent.click(screen.getByRole("button", { name: "Find players" }));
  await settle();
  expect(screen.getByRole("status").textContent).toContain("You are in the line already");
  fireEvent.click(screen.getByRole("button", { name: "Stop looking" }));
  await settle();
  expect(socket.sentOf("match:cancel")).toEqual([{ ticket: "t0" }]);
  expect(screen.getByRole("button", { name: "Find players" })).toBeTruthy();
});

test("who looks for a game over days keeps the place in the line when the form is closed", async () => {
  cleanup();
  kinds.value = new Map([
    ["mail", { kind: "mail", title: "Mail", options: {}, actions: {}, view: {}, turnSeconds: 86_400 }],
  ]);
  const { unmount } = render(<FindPlayers kind="mail" options={{}} onFound={() => (closed += 1)} />);
  fireEvent.click(screen.getByRole("button", { name: "Find players" }));
  await settle();
  expect(screen.getByRole("status").textContent).toContain("a notice tells you");
  act(() => void unmount());
  await settle();
  socket.say("match:found", { ticket: "t1", room: "match-1", seat: 0, players: [], confirmBy: 9 });
  await settle();
  expect([socket.sentOf("match:cancel"), closed]).toEqual([[], 0]);
});
