import { afterEach, beforeEach, expect, test } from "vitest";
import { ALICE, BOB, type FakeSocket } from "../fake-socket.js";
import { openClient, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;

beforeEach(async () => {
  open = await openClient();
  ({ socket } = open);
  socket.accept();
});
afterEach(() => open.close());

test("profiles are changed and read", async () => {
  socket.answer("account:profile", () => ({ profile: { name: "Ada" } }));
  socket.answer("account:profiles", () => ({ profiles: { [BOB]: { ens: "bob.eth" } } }));
  expect(await open.client.profile({ name: "Ada", bio: "" })).toEqual({ name: "Ada" });
  expect(await open.client.profiles([ALICE, BOB])).toEqual({ [BOB]: { ens: "bob.eth" } });
  expect(socket.sentOf("account:profile")).toEqual([{ name: "Ada", bio: "" }]);
  expect(socket.sentOf("account:profiles")).toEqual([{ accounts: [ALICE, BOB] }]);
});

test("an account is blocked, and no longer", async () => {
  socket.answer("account:block", () => ({}));
  socket.answer("account:blocks", () => ({ accounts: [BOB] }));
  await open.client.block(BOB);
  expect(await open.client.blocks()).toEqual([BOB]);
  await open.client.block(BOB, false);
  expect(socket.sentOf("account:block")).toEqual([
    { account: BOB, on: true },
    { account: BOB, on: false },
  ]);
});

test("direct rooms are opened and answered, notices read", async () => {
  for (const event of ["dm:answer", "notices:read"]) socket.answer(event, () => ({}));
  socket.answer("dm:open", () => ({ room: { id: "dm:1" } }));
  socket.answer("notices:list", () => ({ notices: [{ id: "n1" }], cursor: null, unread: 1 }));
  expect(await open.client.dm([BOB])).toEqual({ id: "dm:1" });
  await open.client.answerDm("dm:1", false);
  expect(await open.client.notices({ limit: 1 })).toMatchObject({ notices: [{ id: "n1" }], unread: 1 });
  await open.client.readNotices("n1");
  const asked = socket.sent.filter(({ event }) => /^(dm|notices)/.test(event));
  expect(asked.map(({ event, payload }) => [event, payload])).toEqual([
    ["dm:open", { accounts: [BOB] }],
    ["dm:answer", { room: "dm:1", accept: false }],
    ["notices:list", { limit: 1 }],
    ["notices:read", { upTo: "n1" }],
  ]);
});
