// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import type { JoinReply, KindFacts } from "@parlour/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ALICE, BOB, joinReply, type FakeSocket } from "../../../../../packages/client/tests/fake-socket.js";
import { AnyTable } from "../../../src/games/any/any-table.js";
import type { GameView } from "../../../src/games/game.js";
import { kinds } from "../../../src/games/kinds.js";
import { OpenRoom } from "../../../src/rooms/open-room.js";
import { client } from "../../../src/shell/connection.js";
import { comeIn, goOut, settle } from "../../inside.js";
import { VIEW } from "../view.js";

let socket: FakeSocket;
let posted: unknown[];

beforeEach(() => {
  socket = comeIn();
  posted = [];
  socket.answer("room:post", ({ body, type }) => (posted.push([type, body]), { seq: 9, at: 0, hash: "0x" }));
});
afterEach(() => (cleanup(), goOut(), (kinds.value = new Map())));

const NOTHING = { type: "object", properties: {} };
const GAME: KindFacts = {
  kind: "duel",
  title: "Duel",
  description: "Two shoot.",
  options: NOTHING,
  actions: { shoot: { description: "", args: NOTHING, hidden: false, anytime: false } },
  view: {},
  seats: { min: 1, max: 2 },
  bots: 1,
  pausable: true,
};

async function lay(facts: KindFacts, view: unknown): Promise<void> {
  kinds.value = new Map([[facts.kind, facts]]);
  const joined = joinReply(3, { state: view }) as JoinReply;
  socket.answer("room:join", () => ({ ...joined, room: { ...joined.room, kind: facts.kind } }));
  if (!socket.connected) socket.accept();
  await settle();
  const room = new OpenRoom(client.value!, await client.value!.joinRoom<GameView>({ room: "lobby" }));
  render(<AnyTable room={room} view={room.view.value!} />);
}

const buttons = (): string[] => screen.getAllByRole("button").map((one) => one.textContent ?? "");

test("a game is laid with its seats, its own state and a form for each action", async () => {
  await lay(GAME, { ...VIEW, shots: 2 });
  expect(screen.getByRole("list", { name: "Seats" }).textContent).toContain("you");
  expect(screen.getByRole("list", { name: "State" }).textContent).toBe("shots 2");
  expect(screen.getByText("Your turn")).toBeTruthy();
  fireEvent.submit(screen.getByRole("form", { name: "Shoot" }));
  await settle();
  expect(posted).toEqual([["game.action", { action: "shoot", args: {} }]]);
});

test.each<[string, Partial<GameView>, string[], string[]]>([
  ["a game that waits", { status: "waiting", players: [ALICE, null] }, ["Begin now", "Add a bot"], ["Pause the game"]],
  ["a game that is on", {}, ["Pause the game", "Leave the table"], ["Begin now", "Add a bot"]],
  ["a paused game", { status: "paused" }, ["Go on"], ["Pause the game"]],
  ["an ended game", { status: "ended", players: [ALICE, "bot:1"] }, ["Play again", "Send away"], ["Begin now"]],
  ["a table without a seat of mine", { players: [BOB, null], status: "waiting" }, ["Sit down"], ["Begin now"]],
  ["a table with a stake", { status: "waiting", players: [ALICE, null], unstaked: [0] }, [], ["Add a bot"]],
])("%s offers what can be done", async (_, view, offered, others) => {
  await lay(GAME, { ...VIEW, ...view });
  for (const name of offered) expect(buttons()).toContain(name);
  for (const name of others) expect(buttons()).not.toContain(name);
});

test("a kind that is no game has a form for each type of entry it takes", async () => {
  const add = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
  const facts = { kind: "todo", title: "Todo", options: NOTHING, actions: {}, view: {}, posts: { "todo.add": add } };
  await lay(facts, { items: [] });
  expect(screen.queryByRole("list", { name: "Seats" })).toBeNull();
  fireEvent.input(screen.getByLabelText("Text"), { target: { value: "milk" } });
  fireEvent.submit(screen.getByRole("form", { name: "Todo add" }));
  await settle();
  expect(posted).toEqual([["todo.add", { text: "milk" }]]);
});

test("whoever does not sit there is told to sit down to play", async () => {
  await lay(GAME, { ...VIEW, players: [BOB, null], status: "waiting" });
  expect(screen.getByText("Sit down to play.")).toBeTruthy();
  expect((screen.getByRole("button", { name: "Shoot" }) as HTMLButtonElement).disabled).toBe(true);
});

test("chance of a fair game is drawn by the page: committed to, and told once all have", async () => {
  const given: [string, Record<string, string>][] = [];
  socket.answer("room:post", ({ body }: { body: { action: string; args: Record<string, string> } }) => {
    given.push([body.action, body.args]);
    const waits = body.action === "contribute" && given.length === 2;
    const error = { code: "illegal", reason: "commit_first", message: "Not yet.", retryable: false };
    return waits ? { ok: false, error } : { seq: 9, at: 0, hash: "0x" };
  });
  await lay({ ...GAME, fair: true }, { ...VIEW, status: "drawing" });
  await vi.waitFor(() => expect(given).toHaveLength(3), { timeout: 5_000 });
  const [[, { hash }], [, { value }]] = given as [(typeof given)[0], (typeof given)[0]];
  const bytes = Uint8Array.from(value!.slice(2).match(/../g)!, (pair) => parseInt(pair, 16));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  expect(hash).toBe(`0x${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`);
  expect(given.map(([action]) => action)).toEqual(["commit", "contribute", "contribute"]);
  expect(given[2]).toEqual(given[1]);
});
