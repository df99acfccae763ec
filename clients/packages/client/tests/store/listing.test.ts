/** Lists that are called to ask now, and kept up to date while somebody listens: notices and members. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Room } from "../../src/index.js";
import { listing } from "../../src/store/listing.js";
import { ALICE, BOB, entry, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;

beforeEach(async () => {
  open = await openClient();
  ({ socket } = open);
});
afterEach(() => open.close());

const fail = (error: unknown): never => {
  throw error;
};
const notice = (id: string): object => ({ id, room: "r", seq: 1, type: "mention", from: BOB });

describe("the store of notices", () => {
  let kept: object[];

  beforeEach(() => {
    kept = [notice("n1")];
    socket.answer("notices:list", () => ({ notices: [...kept], cursor: null, unread: kept.length }));
    socket.answer("notices:read", () => ((kept = []), {}));
    socket.accept();
  });

  const asked = (): number => socket.sentOf("notices:list").length;

  test("asks nothing before somebody listens", async () => {
    await settle();
    expect([asked(), open.client.notices.get()]).toEqual([0, { notices: [], cursor: null, unread: 0 }]);
  });

  test("is read once for all who listen, at each notice, after they are read and at the next connection", async () => {
    const seen: number[] = [];
    const offs = [
      open.client.notices.subscribe(({ unread }) => seen.push(unread)),
      open.client.notices.subscribe(() => undefined),
    ];
    await settle();
    expect([asked(), seen]).toEqual([1, [1]]);
    kept.unshift(notice("n2"));
    socket.say("notice", notice("n2"));
    await settle();
    expect(open.client.notices.get().notices.map(({ id }) => id)).toEqual(["n2", "n1"]);
    await open.client.readNotices("n2");
    await settle();
    expect([asked(), seen]).toEqual([3, [1, 2, 0]]);
    await open.comeBack();
    expect(asked()).toBe(4);
    for (const off of [...offs, ...offs]) off(); // taking off twice counts once
    socket.say("notice", notice("n3"));
    await settle();
    expect(asked()).toBe(4);
  });
});

test("the newest of two answers that come in the other order is kept", async () => {
  const answers: ((value: number) => void)[] = [];
  let again = (): void => undefined;
  const ask = (): Promise<number> => new Promise((resolve) => answers.push(resolve));
  const list = listing(ask, 0, (changed) => ((again = changed), () => undefined), fail);
  list.subscribe(() => undefined);
  again();
  again();
  answers[1]!(2);
  answers[0]!(1);
  await settle();
  expect(list.get()).toBe(2);
});

test("nobody asks for a guest's notices", async () => {
  socket.accept({ account: "" });
  open.client.notices.subscribe(() => undefined);
  await settle();
  expect(socket.sentOf("notices:list")).toEqual([]);
});

test("the store of members is read at the join and after a role has changed, until the room is released", async () => {
  const members = [{ account: ALICE, role: "owner" }];
  socket.answer("room:members", () => ({ members: [...members], cursor: null }));
  const room = (await open.joinLobby()) as Room;
  const seen: number[] = [];
  room.members.subscribe((all) => seen.push(all.length));
  await settle();
  members.push({ account: BOB, role: "member" });
  socket.say("entry", entry(3, { type: "member.role", body: { account: BOB, role: "member" } }));
  socket.say("entry", entry(4));
  await settle();
  expect([seen, socket.sentOf("room:members").length]).toEqual([[1, 2], 2]);
  expect(room.members.get()[1]).toEqual({ account: BOB, role: "member" });
  room.release();
  await open.comeBack();
  expect(socket.sentOf("room:members")).toHaveLength(2);
});
