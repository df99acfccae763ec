import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connect, type Client, type GameFacts, type RoomInfo } from "../../src/index.js";
import { ALICE, FakeSocket } from "../fake-socket.js";

let socket: FakeSocket;
let client: Client;
let shown: (readonly RoomInfo[])[];

beforeEach(() => {
  vi.useFakeTimers();
  socket = new FakeSocket();
  client = connect({ createSocket: () => socket });
  shown = [];
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const show = (rooms: readonly RoomInfo[]): void => void shown.push(rooms);
const ids = (): string[][] => shown.map((rooms) => rooms.map(({ id }) => id));

function table(id: string, taken = 0): RoomInfo {
  const game: GameFacts = { status: taken === 2 ? "playing" : "waiting", seats: { taken, total: 2 }, open: taken < 2 };
  const rest = { owner: ALICE, createdAt: 0, members: 1, signed: false, options: {}, game };
  return { id, kind: "tic-tac-toe", title: "", visibility: "public", ...rest };
}

async function watch(...rooms: RoomInfo[]): Promise<() => void> {
  socket.answer("room:list", () => ({ rooms, cursor: null }));
  if (client.status !== "online") socket.accept();
  const off = client.lobby({ kind: "tic-tac-toe", open: true }, show);
  await settle();
  return off;
}

describe("a lobby", () => {
  test("shows what there is, and asks for it live", async () => {
    await watch(table("b"), table("a"));
    expect(ids()).toEqual([["b", "a"]]);
    expect(socket.sentOf("room:list")).toEqual([{ kind: "tic-tac-toe", open: true, live: true }]);
  });

  test("waits for the connection", async () => {
    client.lobby({}, show);
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
    client.lobby({}, show);
    socket.say("lobby", { rooms: [table("older")], gone: [] });
    expect(shown).toEqual([]);
  });

  test("misses nothing that follows the answer on the wire at once", async () => {
    socket.accept();
    let answer: ((ack: object) => void) | undefined;
    const emit = socket.emit.bind(socket);
    socket.emit = (event, payload, ack) => ((answer = ack), emit(event, payload));
    client.lobby({}, show);
    answer?.({ ok: true, rooms: [table("a")], cursor: null });
    socket.say("lobby", { rooms: [table("b")], gone: [] });
    expect(ids()).toEqual([["a"], ["b", "a"]]);
  });

  test("tries again when it was refused for now", async () => {
    socket.refuse("room:list", { code: "unavailable", retryable: true, retryAfter: 3_000 });
    socket.accept();
    client.lobby({}, show);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(socket.sentOf("room:list")).toHaveLength(1);
    socket.answer("room:list", () => ({ rooms: [table("a")], cursor: null }));
    await vi.advanceTimersByTimeAsync(2);
    expect(ids()).toEqual([["a"]]);
  });

  test("that was replaced while it was refused does not come back", async () => {
    socket.refuse("room:list", { code: "unavailable", retryable: true });
    socket.accept();
    client.lobby({ kind: "chess" }, show);
    await settle();
    socket.answer("room:list", () => ({ rooms: [], cursor: null }));
    client.lobby({ kind: "arena" }, show);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.sentOf("room:list").map(({ kind }) => kind)).toEqual(["chess", "arena"]);
  });

  test("is over when it is turned off, and says so", async () => {
    const off = await watch(table("a"));
    off();
    off();
    socket.say("lobby", { rooms: [table("b")], gone: [] });
    expect(ids()).toEqual([["a"]]);
    expect(socket.sentOf("room:list").slice(1)).toEqual([{ live: false, limit: 1 }]);
    socket.drop();
    await vi.advanceTimersByTimeAsync(1_000);
    socket.accept();
    expect(socket.sentOf("room:list")).toHaveLength(2);
  });

  test("is replaced by another, whose end the first one's does not bring", async () => {
    const off = await watch(table("a"));
    const second: string[] = [];
    client.lobby({ kind: "chess" }, (rooms) => second.push(...rooms.map(({ id }) => id)));
    off();
    await settle();
    expect(ids()).toEqual([["a"]]);
    expect(second).toEqual(["a"]);
    expect(socket.sentOf("room:list").map(({ live }) => live)).toEqual([true, true]);
  });
});
