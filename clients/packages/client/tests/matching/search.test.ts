import { afterEach, beforeEach, expect, test } from "vitest";
import { ParlourError, type Client, type MatchFound } from "../../src/index.js";
import { type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let harness: Harness;
let socket: FakeSocket;
let client: Client;

beforeEach(async () => {
  harness = await openClient();
  ({ socket, client } = harness);
  socket.answer("match:find", () => ({ ticket: "t1", waiting: 1 }));
  socket.answer("match:cancel", () => ({}));
  socket.accept();
});

afterEach(() => harness.close());

const found: MatchFound = { ticket: "t1", room: "match-1", seat: 1, players: [], confirmBy: 9 };

test("a search shows how it stands and resolves with its table", async () => {
  const heard: MatchFound[] = [];
  client.onMatch((match) => heard.push(match));
  const search = client.findMatch({ kind: "chess", bots: { after: 1000 } });
  await settle();
  expect(socket.sentOf("match:find")).toMatchObject([{ kind: "chess", bots: { after: 1000 } }]);
  socket.say("match:status", { ticket: "other", waiting: 9, within: 1 });
  expect(search.status.get()).toBeNull();
  socket.say("match:status", { ticket: "t1", waiting: 2, within: 120 });
  expect(search.status.get()).toEqual({ ticket: "t1", waiting: 2, within: 120 });
  socket.say("match:found", found);
  await expect(search.found).resolves.toEqual(found);
  expect(heard).toEqual([found]);
});

test("a search is asked for again by the same id after a lost connection", async () => {
  const search = client.findMatch({ kind: "chess" });
  await settle();
  await harness.comeBack();
  const ids = socket.sentOf("match:find").map((asked) => asked["id"]);
  expect(ids).toEqual([ids[0], ids[0]]);
  socket.say("match:found", found);
  await search.found;
  await harness.comeBack();
  expect(socket.sentOf("match:find")).toHaveLength(2);
});

test("a search that is refused or cancelled rejects", async () => {
  const error = { code: "illegal", reason: "already_waiting", message: "…", retryable: false };
  socket.handlers.set("match:find", () => ({ ok: false, error }));
  await expect(client.findMatch({ kind: "chess" }).found).rejects.toMatchObject({ reason: "already_waiting" });
  socket.answer("match:find", () => ({ ticket: "t1", waiting: 1 }));
  const search = client.findMatch({ kind: "chess" });
  await settle();
  await search.cancel();
  expect(socket.sentOf("match:cancel")).toEqual([{ ticket: "t1" }]);
  await expect(search.found).rejects.toBeInstanceOf(ParlourError);
});

test("a search that is cancelled before its answer leaves the line once that is here", async () => {
  let answer: ((ack: object) => void) | undefined;
  const emit = socket.emit.bind(socket);
  socket.emit = (event, payload, ack) => {
    if (event === "match:find") answer = ack as typeof answer;
    else emit(event, payload, ack);
  };
  const search = client.findMatch({ kind: "chess" });
  await settle();
  await search.cancel();
  await expect(search.found).rejects.toMatchObject({ reason: "cancelled" });
  expect(socket.sentOf("match:cancel")).toEqual([]);
  answer?.({ ok: true, ticket: "t1", waiting: 1 });
  await settle();
  expect(socket.sentOf("match:cancel")).toEqual([{ ticket: "t1" }]);
});
