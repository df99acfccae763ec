/** Every request of the protocol is a method: a new one of the server does not compile here until it has its own. */
import { afterEach, expect, test } from "vitest";
import { pending } from "../../src/chain.js";
import { DocumentProvider } from "../../src/document.js";
import type { Client, RequestName, Room } from "../../src/index.js";
import { board, createParty, ratings, ready } from "../../src/play.js";
import { ALICE, BOB, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

interface Asking {
  client: Client;
  room: Room;
  socket: FakeSocket;
}

const report = { reason: "spam" } as const;
const METHODS: Record<RequestName, (asking: Asking) => unknown> = {
  "room:create": ({ client }) => client.createRoom({ kind: "chat" }),
  "room:list": ({ client }) => client.listRooms(),
  "room:configure": ({ room }) => room.configure({ title: "Hall" }),
  "room:close": ({ room }) => room.close(),
  "room:join": ({ client }) => client.joinRoom({ room: "other" }),
  "room:leave": ({ room }) => room.leave(),
  // `room.presence` is kept up to date by itself: it asks where it missed something.
  "room:presence": ({ socket }) => socket.say("presence", { room: "lobby", v: 9, joined: [], left: [], count: 1 }),
  "room:members": ({ room }) => room.members(),
  "room:post": ({ room }) => room.say("gm"),
  "room:signal": ({ room }) => room.signal({ type: "wave" }),
  "room:history": ({ room }) => room.history(),
  "room:search": ({ room }) => room.search("gm"),
  search: ({ client }) => client.search("gm"),
  "room:read": ({ room }) => room.markRead(),
  "room:moderate": ({ room }) => room.moderate({ account: BOB, action: "mute" }),
  "room:invite": ({ room }) => room.invite(),
  "room:watch": ({ room }) => room.watch({ chain: 1, address: BOB, event: "E()" }),
  "room:unwatch": ({ room }) => room.unwatch({ watch: "w1" }),
  "match:find": ({ client }) => client.findMatch({ kind: "chess" }),
  "match:cancel": async ({ client }) => {
    const search = client.findMatch({ kind: "chess" });
    await settle();
    await search.cancel();
  },
  "party:create": ({ client }) => createParty(client, { kind: "chess", size: 2 }),
  "party:ready": ({ room }) => ready(room),
  "ratings:of": ({ client }) => ratings(client, "chess", [ALICE]),
  "board:read": ({ client }) => board(client, "weekly:chess"),
  "market:depth": ({ room }) => room.depth(),
  "chain:lookup": ({ client }) => client.lookup({ chain: 1, block: "latest" }),
  "chain:pending": ({ client }) => pending(client, { chain: 1, to: [BOB] }, () => undefined),
  "doc:version": ({ room }) => new DocumentProvider(room).keepVersion("first"),
  "doc:versions": ({ room }) => new DocumentProvider(room).versions(),
  "doc:read": ({ room }) => new DocumentProvider(room).read(),
  "doc:restore": ({ room }) => new DocumentProvider(room).restore(7),
  "room:report": ({ room }) => room.report(2, report),
  "room:reports": ({ room }) => room.reports(),
  "account:status": ({ client }) => client.setStatus({ status: "busy" }),
  "account:block": ({ client }) => client.block(BOB),
  "account:blocks": ({ client }) => client.blocks(),
  "account:push": ({ client }) => client.push({ toJSON: () => ({}) } as PushSubscription),
  "account:profile": ({ client }) => client.profile({ name: "Ada" }),
  "account:profiles": ({ client }) => client.profiles([BOB]),
  "notices:list": ({ client }) => client.notices(),
  "notices:read": ({ client }) => client.readNotices("n1"),
  "room:notify": ({ room }) => room.notify({ level: "none" }),
  "dm:open": ({ client }) => client.dm([BOB]),
  "dm:answer": ({ client }) => client.answerDm("dm:1", true),
};

let harness: Harness;

afterEach(() => harness.close());

test.each(Object.entries(METHODS))("%s is sent by its method", async (event, ask) => {
  harness = await openClient();
  const { client, socket } = harness;
  const room = (await harness.joinLobby()) as Room;
  socket.sent.length = 0;
  socket.answer("match:find", () => ({ ticket: "t1", waiting: 1 }));
  socket.answer("match:cancel", () => ({}));
  void Promise.resolve(ask({ client, room, socket })).catch(() => undefined);
  await settle();
  expect(socket.sentOf(event)).toHaveLength(1);
});
