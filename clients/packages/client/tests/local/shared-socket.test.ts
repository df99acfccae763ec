import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect, type Client, type ConnectOptions, type Room } from "../../src/index.js";
import { shareSocket } from "../../src/local.js";
import { entry, FakeSocket, joinReply } from "../fake-socket.js";
import { settle } from "../harness.js";
import { stubOrigin } from "./tabs.js";

/** The sockets that tabs opened, in order. */
let sockets: FakeSocket[];
let tabs: Client[];

beforeEach(() => {
  vi.useFakeTimers();
  stubOrigin();
  sockets = [];
  tabs = [];
});

afterEach(() => {
  for (const tab of tabs) tab.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function serve(socket: FakeSocket): FakeSocket {
  socket.answer("room:join", () => joinReply(2, { entries: [entry(1), entry(2)] }));
  socket.answer("room:post", () => ({ seq: 3, at: 0, hash: "0x0" }));
  socket.answer("room:leave", () => ({}));
  socket.answer("room:list", () => ({ rooms: [], cursor: null }));
  return socket;
}

/** Open a tab; the server lets it in unless `options.refused`. */
async function openTab({ refused, ...options }: ConnectOptions & { refused?: boolean } = {}): Promise<Client> {
  const share = shareSocket();
  const own = (): FakeSocket => {
    sockets.push(serve(new FakeSocket()));
    return sockets.at(-1)!;
  };
  const tab = connect({ url: "http://parlour.test", createSocket: (settings) => share(settings, own), ...options });
  tabs.push(tab);
  tab.ready().catch(() => undefined);
  await settle();
  const last = sockets.at(-1)!;
  if (!refused && last.connects && !last.connected) last.accept();
  await settle();
  return tab;
}

const join = (tab: Client): Promise<Room> => tab.joinRoom({ room: "lobby" });
const texts = (room: Room): number[] => room.entries.get().map(({ seq }) => seq);

test("two tabs share one socket, and each gets its answers and all the events", async () => {
  const [one, two] = [await openTab(), await openTab()];
  expect([sockets.length, one.status.get(), two.status.get()]).toEqual([1, "online", "online"]);
  const rooms = await Promise.all([join(one), join(two)]);
  sockets[0]!.say("entry", entry(3));
  await settle();
  expect(rooms.map(texts)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(await rooms[1]!.say("gm")).toMatchObject({ seq: 3 });
  expect(sockets[0]!.sentOf("room:post")).toHaveLength(1);
});

test("another tab goes on when the one with the socket is closed, and sends again what had no answer", async () => {
  const [one, two] = [await openTab(), await openTab()];
  const room = await join(two);
  sockets[0]!.handlers.delete("room:post");
  const posted = room.say("gm");
  await settle();
  one.close();
  await settle();
  expect([sockets.length, two.status.get()]).toEqual([2, "offline"]);
  await vi.advanceTimersByTimeAsync(1_000);
  await settle();
  sockets[1]!.accept();
  await settle();
  expect([two.status.get(), room.status.get(), (await posted).seq]).toEqual(["online", "online", 3]);
  const [first, again] = [sockets[0]!.sentOf("room:post"), sockets[1]!.sentOf("room:post")];
  expect(again).toEqual(first);
  expect(sockets[1]!.sentOf("room:join")[0]).toMatchObject({ since: { epoch: "e1", seq: 2 } });
});

test("a tab that is closed while another holds the socket ends nothing", async () => {
  const [one, two] = [await openTab(), await openTab()];
  two.close();
  await settle();
  expect([one.status.get(), sockets.length, sockets[0]!.connected]).toEqual(["online", 1, true]);
});

test("tabs with other tokens have sockets of their own", async () => {
  await openTab({ token: "ada" });
  await openTab({ token: "bob" });
  expect(sockets.map(({ auth }) => (auth as { token: string }).token)).toEqual(["ada", "bob"]);
});

test("one tab's list is live, another one's is asked for again, and becomes live when the first is closed", async () => {
  const [one, two] = [await openTab(), await openTab()];
  const lobby = one.lobby({ kind: "chess" });
  await settle();
  two.lobby({ kind: "poll" });
  await settle();
  const asked = (): unknown[] => sockets[0]!.sentOf("room:list").map(({ kind, live }) => [kind, live]);
  expect(asked()).toEqual([
    ["chess", true],
    ["poll", undefined],
  ]);
  lobby.close();
  await settle();
  await vi.advanceTimersByTimeAsync(10_000);
  await settle();
  expect(asked().slice(2)).toEqual([
    [undefined, false],
    ["poll", true],
  ]);
});

test("a tab that leaves a room leaves it in every tab", async () => {
  const [one, two] = [await openTab(), await openTab()];
  const [mine, other] = await Promise.all([join(one), join(two)]);
  await mine.leave();
  await settle();
  expect([mine.ended, other.ended]).toEqual(["left", "left"]);
});

test("a refused socket is told to every tab that waits for it", async () => {
  const tabs = [await openTab({ token: "old", refused: true }), await openTab({ token: "old", refused: true })];
  sockets[0]!.say(
    "connect_error",
    Object.assign(new Error("no"), { data: { code: "unauthorized", retryable: false } }),
  );
  await settle();
  expect(sockets[0]!.connects).toBe(1);
  expect(tabs.map(({ error }) => error?.code)).toEqual(["unauthorized", "unauthorized"]);
});

test("a page without Web Locks has a socket of its own", async () => {
  vi.stubGlobal("navigator", {});
  await openTab();
  await openTab();
  expect(sockets).toHaveLength(2);
});
