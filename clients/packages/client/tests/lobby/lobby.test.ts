import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Client, type GameFacts, type Lobby, type LobbyOptions, type RoomInfo } from "../../src/index.js";
import { ALICE, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let harness: Harness;
let socket: FakeSocket;
let client: Client;
let shown: (readonly RoomInfo[])[];

beforeEach(async () => {
  harness = await openClient();
  ({ socket, client } = harness);
  shown = [];
});

afterEach(() => harness.close());

const show = (rooms: readonly RoomInfo[]): void => void shown.push(rooms);
const open = (options: LobbyOptions = {}): Lobby => {
  const lobby = client.lobby(options);
  lobby.rooms.subscribe(show);
  return lobby;
};
const ids = (): string[][] => shown.map((rooms) => rooms.map(({ id }) => id));

function table(id: string, taken = 0): RoomInfo {
  const game: GameFacts = { status: taken === 2 ? "playing" : "waiting", seats: { taken, total: 2 }, open: taken < 2 };
  const rest = { owner: ALICE, createdAt: 0, members: 1, signed: false, options: {}, game };
  return { id, kind: "tic-tac-toe", title: "", visibility: "public", ...rest };
}

async function watch(...rooms: RoomInfo[]): Promise<Lobby> {
  socket.answer("room:list", () => ({ rooms, cursor: null }));
  if (client.status.get() !== "online") socket.accept();
  const lobby = open({ kind: "tic-tac-toe", open: true });
  await settle();
  return lobby;
}

describe("a lobby", () => {
  test("shows what there is, and asks for it live", async () => {
    await watch(table("b"), table("a"));
    expect(ids()).toEqual([["b", "a"]]);
    expect(socket.sentOf("room:list")).toEqual([{ kind: "tic-tac-toe", open: true, live: true }]);
  });

  test("waits for the connection", async () => {
    open();
    await settle();
    expect(socket.sentOf("room:list")).toEqual([]);
    socket.answer("room:list", () => ({ rooms: [table("a")], cursor: null }));
    socket.accept();
    await settle();
    expect(ids()).toEqual([["a"]]);
  });

  test("puts new tables first, changes the others in their place and takes out those that are gone", async () => {
    await watch(table("b"), table("a"));
    socket.say("lobby", { rooms: [table("a", 1), table("c"), table("d")], gone: ["b"] });
    expect(ids().at(-1)).toEqual(["d", "c", "a"]);
    expect(shown.at(-1)?.[2]?.game?.seats).toEqual({ taken: 1, total: 2 });
  });

  test("gives a new list each time, so that a page can compare", async () => {
    await watch(table("a"));
    socket.say("lobby", { rooms: [table("a", 1)], gone: [] });
    expect(shown[0]).not.toBe(shown[1]);
    expect(shown[0]?.[0]?.game?.seats.taken).toBe(0);
  });

  test("asks again after a reconnect and starts from the answer", async () => {
    await watch(table("a"));
    socket.drop();
    await vi.advanceTimersByTimeAsync(1_000);
    socket.answer("room:list", () => ({ rooms: [table("z")], cursor: null }));
    socket.accept();
    await settle();
    expect(ids()).toEqual([["a"], ["z"]]);
  });

  test("leaves out what was told before the answer", async () => {
    socket.accept();
    open();
    socket.say("lobby", { rooms: [table("older")], gone: [] });
    expect(shown).toEqual([]);
  });

  test("misses nothing that follows the answer on the wire at once", async () => {
    socket.accept();
    let answer: ((ack: object) => void) | undefined;
    const emit = socket.emit.bind(socket);
    socket.emit = (event, payload, ack) => ((answer = ack), emit(event, payload));
    open();
    answer?.({ ok: true, rooms: [table("a")], cursor: null });
    socket.say("lobby", { rooms: [table("b")], gone: [] });
    expect(ids()).toEqual([["a"], ["b", "a"]]);
  });

  test("tries again when it was refused for now", async () => {
    socket.refuse("room:list", { code: "unavailable", retryable: true, retryAfter: 3_000 });
    socket.accept();
    open();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(socket.sentOf("room:list")).toHaveLength(1);
    socket.answer("room:list", () => ({ rooms: [table("a")], cursor: null }));
    await vi.advanceTimersByTimeAsync(2);
    expect(ids()).toEqual([["a"]]);
  });

  test("tells a lasting refusal to its caller, and ends nothing else", async () => {
    socket.refuse("room:list", { code: "invalid" });
    socket.accept();
    const lobby = open();
    await expect(lobby.ready).rejects.toMatchObject({ code: "invalid" });
    expect([lobby.error.get()?.code, client.status.get()]).toEqual(["invalid", "online"]);
    socket.answer("room:list", () => ({ rooms: [table("a")], cursor: null }));
    await expect(open().ready).resolves.toBeUndefined();
    expect(ids()).toEqual([["a"]]);
  });

  test("is over when it is closed, and says so", async () => {
    const lobby = await watch(table("a"));
    lobby.close();
    lobby.close();
    socket.say("lobby", { rooms: [table("b")], gone: [] });
    expect(ids()).toEqual([["a"]]);
    expect(socket.sentOf("room:list").slice(1)).toEqual([{ live: false, limit: 1 }]);
    socket.drop();
    await vi.advanceTimersByTimeAsync(1_000);
    socket.accept();
    expect(socket.sentOf("room:list")).toHaveLength(2);
  });

  test("is one list for callers with the same options, until the last closes it", async () => {
    const first = await watch(table("a"));
    const second = open({ kind: "tic-tac-toe", open: true });
    await second.ready;
    first.close();
    socket.say("lobby", { rooms: [table("b")], gone: [] });
    expect(second.rooms.get().map(({ id }) => id)).toEqual(["b", "a"]);
    expect(socket.sentOf("room:list")).toHaveLength(1);
    second.close();
    expect(socket.sentOf("room:list").at(-1)).toEqual({ live: false, limit: 1 });
  });

  test("is another list for callers who want featured rooms alone", async () => {
    await watch(table("a"));
    await client.lobby({ kind: "tic-tac-toe", open: true, featured: true }).ready;
    const wanted = { kind: "tic-tac-toe", open: true, featured: true, live: true };
    expect(socket.sentOf("room:list").at(-1)).toEqual(wanted);
  });

  test("goes on beside another, asked for every ten seconds while the other is the live one", async () => {
    const tables = await watch(table("a"));
    const chess = client.lobby({ kind: "chess" });
    await chess.ready;
    socket.say("lobby", { rooms: [table("c")], gone: [] });
    expect([tables, chess].map(({ rooms }) => rooms.get().length)).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.sentOf("room:list").at(-1)).toEqual({ kind: "tic-tac-toe", open: true });
    chess.close();
    await settle();
    expect(socket.sentOf("room:list").at(-1)).toEqual({ kind: "tic-tac-toe", open: true, live: true });
    socket.say("lobby", { rooms: [table("d")], gone: [] });
    expect(tables.rooms.get().map(({ id }) => id)).toEqual(["d", "a"]);
  });
});
