import { afterEach, beforeEach, expect, test } from "vitest";
import { pending } from "../src/chain.js";
import { BOB, type FakeSocket } from "./fake-socket.js";
import { openClient, settle, type Harness } from "./harness.js";

let harness: Harness;
let socket: FakeSocket;

beforeEach(async () => {
  harness = await openClient();
  ({ socket } = harness);
  socket.accept();
});
afterEach(() => harness.close());

const told = (chain: number, hash: string): object => ({
  room: `chain:${chain}`,
  from: { account: "", connection: "" },
  type: "chain.pending",
  body: { chain, hash },
});

test("pending transactions of a chain are heard over a lost connection until one stops", async () => {
  socket.answer("chain:pending", () => ({}));
  const heard: string[] = [];
  const off = await pending(harness.client, { chain: 1, to: [BOB] }, ({ hash }) => heard.push(hash));
  socket.say("signal", told(1, "0x1"));
  socket.say("signal", told(2, "0x2"));
  await harness.comeBack();
  socket.say("signal", told(1, "0x3"));
  off();
  off();
  socket.say("signal", told(1, "0x4"));
  await settle();
  expect(heard).toEqual(["0x1", "0x3"]);
  const asked = { chain: 1, to: [BOB] };
  expect(socket.sentOf("chain:pending")).toEqual([asked, asked, { chain: 1, on: false }]);
});

test("a refusal is thrown, and nothing is heard", async () => {
  socket.refuse("chain:pending", { code: "illegal", reason: "pending" });
  await expect(pending(harness.client, { chain: 1 }, () => undefined)).rejects.toMatchObject({ reason: "pending" });
  await harness.comeBack();
  expect(socket.sentOf("chain:pending")).toHaveLength(1);
});
