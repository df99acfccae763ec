/** Session keys: the same signatures as the vectors another implementation made, and when posts are signed. */
import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { afterEach, describe, expect, test, vi } from "vitest";
import published from "../../../../../tests/vectors/log/signed.json" with { type: "json" };
import { connect, signIn } from "../../src/index.js";
import { canonicalJson, SessionKey } from "../../src/auth/session-key.js";
import { ALICE, entry, FakeSocket, hashOf, joinReply } from "../fake-socket.js";

interface Vector {
  name: string;
  room: string;
  epoch: string;
  id: string;
  type: string;
  body?: Record<string, unknown>;
  /** A binary body in place of `body`. */
  bodyHex?: string;
  salt: `0x${string}`;
  seen: { seq: number; hash: `0x${string}` } | null;
  signer: string;
  sig: string;
}

const vectors = published.posts as unknown as Vector[];

/** The keys the vectors were made with: SHA-256 of a name that is in the vectors' file. */
const keys = ["ann", "key of ann", "bob"].map(
  (name) => new SessionKey(sha256(utf8ToBytes(`parlour test key ${name}`))),
);

test.each(vectors)("$name is signed as published", (vector) => {
  const key = keys.find(({ address }) => address === vector.signer)!;
  const { seen, bodyHex, body = hexToBytes(bodyHex!.slice(2)), ...post } = vector;
  const signed = key.sign({ ...post, body, ...(seen && { seen }) } as never, hexToBytes(vector.salt.slice(2)));
  expect(signed).toEqual({ sig: vector.sig, salt: vector.salt });
});

test("every post has a salt of its own", () => {
  const post = { room: "r", epoch: "e", id: "1", type: "app.x", body: {} };
  const [first, second] = [keys[0]!.sign(post), keys[0]!.sign(post)];
  expect(first.salt).toMatch(/^0x[0-9a-f]{32}$/);
  expect(first.salt).not.toBe(second.salt);
  expect(first.sig).not.toBe(second.sig);
});

describe("canonical JSON", () => {
  test("sorts keys by UTF-16, drops what is undefined, and writes numbers as ECMAScript", () => {
    const value = { b: [1, undefined, { d: "é", c: null }], a: 1e21, "€": 1, "\u{1f993}": -0, gone: undefined };
    expect(canonicalJson(value)).toBe('{"a":1e+21,"b":[1,null,{"c":null,"d":"é"}],"€":1,"\u{1f993}":0}');
  });
});

test("a stored key outlives the page, and each server has its own", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const first = SessionKey.stored({ storage });
  expect(SessionKey.stored({ storage }).address).toBe(first.address);
  expect(SessionKey.stored({ storage, url: "https://other.example" }).address).not.toBe(first.address);
  expect(first.address).toMatch(/^0x[0-9a-fA-F]{40}$/);
  kept.set("parlour:session-key:", "damaged");
  expect(SessionKey.stored({ storage }).address).not.toBe(first.address);
});

describe("in a room", () => {
  async function join(signed: boolean): Promise<{ socket: FakeSocket; post: () => Promise<Record<string, unknown>> }> {
    const socket = new FakeSocket();
    const client = connect({ createSocket: () => socket, signer: keys[0]! });
    const { room: info } = joinReply(0) as { room: object };
    socket.answer("room:join", () => joinReply(2, { room: { ...info, id: "Lobby", signed } as never }));
    socket.answer("room:post", () => ({ seq: 3, at: 0, hash: hashOf(3) }));
    const joining = client.joinRoom({ room: "lobby" });
    await vi.waitUntil(() => socket.connects === 1);
    socket.accept();
    const room = await joining;
    const post = async (): Promise<Record<string, unknown>> => {
      await room.post({ type: "app.x", body: { at: new Date(0) as never }, id: "a" });
      return socket.sentOf("room:post").at(-1)!;
    };
    return { socket, post };
  }

  test("that is signed, a post carries the head that was seen and a signature over the server's spelling", async () => {
    const { socket, post } = await join(true);
    const first = await post();
    expect(first).toMatchObject({ room: "Lobby", seen: { seq: 2, hash: hashOf(2) } });
    const whole = { room: "Lobby", epoch: "e1", id: "a", type: "app.x", body: { at: "1970-01-01T00:00:00.000Z" } };
    const salt = hexToBytes((first.salt as string).slice(2));
    expect(first.sig).toBe(keys[0]!.sign({ ...whole, seen: { seq: 2, hash: hashOf(2) } }, salt).sig);
    socket.say("entry", entry(3, { room: "Lobby" }));
    expect((await post()).seen).toEqual({ seq: 3, hash: hashOf(3) });
  });

  test("that is not, nothing is signed", async () => {
    const { post } = await join(false);
    expect(Object.keys(await post()).sort()).toEqual(["body", "id", "room", "type"]);
  });
});

describe("signing in", () => {
  afterEach(() => vi.unstubAllGlobals());

  test.each([
    [undefined, "?sessionKey=KEY", "urn:parlour:session-key:KEY"],
    ["duel-7", "?sessionKey=KEY&room=duel-7", "urn:parlour:session-key:KEY?room=duel-7"],
  ])("names the key, for the room %s", async (room, query, urn) => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      asked.push(url, String(init.body));
      const nonce = { nonce: "abcdefgh", domain: "a.example", uri: "https://a.example", version: "1", chainIds: [1] };
      return Response.json({ ...nonce, statement: "Words.", issuedAt: "now", expirationTime: "later" });
    });
    const answers: Record<string, unknown> = { eth_requestAccounts: [ALICE], eth_chainId: "0x1", personal_sign: "0x" };
    const provider = { request: async ({ method }: { method: string }) => answers[method] };
    const { address } = keys[1]!;
    await signIn({ provider, storage: null, sessionKey: room ? { address, room } : { address } });
    expect(asked[0]).toBe(`/auth/nonce${query.replace("KEY", address)}`);
    const { message } = JSON.parse(asked[3]!) as { message: string };
    expect(message.split("\n").slice(-2)).toEqual(["Resources:", `- ${urn.replace("KEY", address)}`]);
  });
});
