import { afterEach, beforeEach, expect, test } from "vitest";
import { board, createParty, ratings, ready } from "../src/play.js";
import { ALICE, type FakeSocket } from "./fake-socket.js";
import { openClient, type Harness } from "./harness.js";

let harness: Harness;
let socket: FakeSocket;

beforeEach(async () => {
  harness = await openClient();
  ({ socket } = harness);
  socket.accept();
});
afterEach(() => harness.close());

test("a party is made with an id that makes asking again safe, and told that one is ready", async () => {
  socket.answer("party:create", ({ id }: { id: string }) => ({ room: { id } }));
  socket.answer("party:ready", () => ({}));
  const { id } = await createParty(harness.client, { kind: "chess", size: 2 });
  expect(socket.sentOf("party:create")).toEqual([{ id, kind: "chess", size: 2 }]);
  await createParty(harness.client, { kind: "chess", size: 2, room: "ours" });
  expect(socket.sentOf("party:create")[1]).toMatchObject({ id: "ours" });
  const party = await harness.joinLobby();
  await ready(party);
  await ready(party, false);
  expect(socket.sentOf("party:ready").map(({ room, on }) => [room, on])).toEqual([
    ["lobby", true],
    ["lobby", false],
  ]);
});

test("ratings and boards are read", async () => {
  const rated = { [ALICE]: { rating: 1612, deviation: 90, games: 12, rank: 3 } };
  socket.answer("ratings:of", () => ({ ratings: rated }));
  socket.answer("board:read", () => ({ rows: [], cursor: "50", at: 1 }));
  expect(await ratings(harness.client, "chess", [ALICE])).toEqual(rated);
  expect(await board(harness.client, "weekly:chess", { around: ALICE })).toEqual({ rows: [], cursor: "50", at: 1 });
  expect(socket.sentOf("ratings:of")).toEqual([{ kind: "chess", accounts: [ALICE] }]);
  expect(socket.sentOf("board:read")).toEqual([{ board: "weekly:chess", around: ALICE }]);
});
