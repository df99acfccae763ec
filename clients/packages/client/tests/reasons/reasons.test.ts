/** The last known reason reaches whoever waits for a connection: what lasts at once, what passes at the timeout. */
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { connect, createSession, signIn, type Client, type ParlourError, type Status } from "../../src/index.js";
import { ALICE, FakeSocket } from "../fake-socket.js";
import { openClient, settle } from "../harness.js";
import { selfSigned } from "./certificate.js";

const ORIGIN = { code: "forbidden", reason: "origin", message: "Pages of this origin may not …", retryable: false };
const FULL = { code: "unavailable", message: "The server is full; come back.", retryable: true, retryAfter: 100 };
const HTML = "<!doctype html><html><body>Hello</body></html>";

const opened: { servers: Server[]; clients: Client[] } = { servers: [], clients: [] };

afterEach(() => {
  for (const client of opened.clients.splice(0)) client.close();
  for (const server of opened.servers.splice(0)) server.close();
  vi.unstubAllGlobals();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.servers.push(server);
  return (server.address() as AddressInfo).port;
}

/** A program that answers everything alike; returns its address. */
async function answering(status: number, body: unknown, headers: Record<string, string> = {}): Promise<string> {
  const answer: RequestListener = (_, response) => {
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  return `http://127.0.0.1:${await listening(createServer(answer))}`;
}

function opening(url: string): Client {
  const client = connect({ url, onError: () => undefined });
  opened.clients.push(client);
  return client;
}

async function refusal(promise: Promise<unknown>): Promise<ParlourError> {
  return promise.then(
    () => expect.fail("was not refused"),
    (error: unknown) => error as ParlourError,
  );
}

/** Wait for the first reason that is known. */
async function trouble(client: Client): Promise<ParlourError> {
  client.ready().catch(() => undefined);
  await vi.waitUntil(() => client.trouble, { timeout: 20_000 });
  return client.trouble!;
}

const wallet = {
  request: async ({ method }: { method: string }): Promise<unknown> =>
    method === "eth_requestAccounts" ? [ALICE] : method === "eth_chainId" ? "0x1" : "0x00",
};

describe.each([
  ["an HTML page", 200, HTML, "unavailable", "no Parlour server"],
  ["another API", 200, { hello: "world" }, "unavailable", "no Parlour server"],
  ["an empty answer", 200, "", "unavailable", "no Parlour server"],
  ["404", 404, HTML, "unavailable", "no Parlour server at .*: 404 was answered"],
  ["403 for the origin", 403, { code: 4, message: "x", error: ORIGIN }, "forbidden", "Pages of this origin may not"],
  ["403 of a firewall", 403, HTML, "forbidden", "403"],
  ["a password", 401, HTML, "unauthorized", "401"],
])("%s", (_, status, body, code, said) => {
  test("is told to whoever waits, at once, and is not asked again", async () => {
    const url = await answering(status, body);
    const client = opening(url);
    const statuses: Status[] = [];
    client.onStatus((change) => statuses.push(change.status));
    const errors = await Promise.all([
      refusal(client.ready()),
      refusal(client.joinRoom({ room: "lobby" })),
      refusal(client.listRooms()),
    ]);
    for (const error of errors) {
      expect(error).toMatchObject({ name: "ParlourError", code, retryable: false });
      expect(error.message).toMatch(new RegExp(said));
    }
    expect([client.status.get(), client.error]).toEqual(["closed", errors[0]]);
    expect(statuses).toEqual(["closed"]);
  });

  test("is told by a sign-in", async () => {
    const url = await answering(status, body);
    const error = await refusal(signIn({ url, provider: wallet, storage: null }));
    expect(error).toMatchObject({ name: "ParlourError", code, retryable: false });
    expect(error.message).toMatch(new RegExp(said));
  });
});

describe("what passes", () => {
  test.each([
    ["502", 502, HTML, {}, undefined, "502: the server is away or full"],
    ["503 of a proxy", 503, HTML, { "Retry-After": "7" }, 7_000, "503"],
    ["a full server", 503, { code: 4, message: "x", error: FULL }, {}, 100, FULL.message],
  ])("%s is known while it is tried again, with the pause that was asked for", async (...one) => {
    const [, status, body, headers, retryAfter, said] = one;
    const url = await answering(status, body, headers);
    const client = opening(url);
    const heard: unknown[] = [];
    client.onStatus(({ status, error }) => heard.push({ status, error })); // by now it may try again
    const error = await trouble(client);
    expect(error).toMatchObject({ code: "unavailable", retryable: true, retryAfter });
    expect(error.message).toContain(said);
    expect(heard).toContainEqual({ status: "offline", error });
    expect(await refusal(signIn({ url, provider: wallet, storage: null }))).toMatchObject({ retryAfter });
  });

  test("a port where nobody listens, and a name that does not exist", async () => {
    const server = createTcpServer();
    const port = await listening(server);
    await new Promise((resolve) => opened.servers.pop()!.close(resolve));
    const refused = await trouble(opening(`http://127.0.0.1:${port}`));
    expect(refused).toMatchObject({ code: "unavailable", reason: "network", retryable: true });
    expect(refused.message).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
    expect(refused.cause).toMatchObject({ code: "ECONNREFUSED" });
    const unknown = await refusal(signIn({ url: "http://parlour.invalid", provider: wallet, storage: null }));
    expect(unknown).toMatchObject({ code: "unavailable", reason: "network", retryable: true });
    expect(unknown.message).toMatch(/parlour\.invalid cannot be reached: getaddrinfo/);
  });

  test("is what the timeout says, and what an unanswered post says", async () => {
    const { socket, client, joinLobby, close } = await openClient();
    const room = await joinLobby();
    socket.drop();
    await vi.advanceTimersByTimeAsync(1_000);
    const late = refusal(room.post({ type: "chat.message", body: { text: "gm" }, timeout: 5_000 }));
    const asked = refusal(client.listRooms());
    for (let second = 0; second < 40; second++) {
      socket.say("connect_error", Object.assign(new Error("xhr poll error"), TROUBLE));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(await late).toMatchObject({ reason: "timeout", cause: { reason: "http" } });
    expect((await late).message).toContain("502");
    expect(await asked).toMatchObject({ reason: "http", retryable: true });
    socket.accept();
    expect(client.trouble).toBeUndefined();
    close();
  });

  test("a refusal by the server itself that passes is tried again after its pause", async () => {
    const { socket, client, close } = await openClient();
    socket.say("connect_error", Object.assign(new Error("full"), { data: { ...FULL, retryAfter: 8_000 } }));
    await settle();
    expect([client.status.get(), client.trouble]).toEqual(["offline", expect.objectContaining({ retryAfter: 8_000 })]);
    await vi.advanceTimersByTimeAsync(7_999);
    expect(socket.connects).toBe(1);
    await vi.advanceTimersByTimeAsync(4_002);
    expect(socket.connects).toBe(2);
    close();
  });

  test("another page in a known server's place, as in a deployment, is waited out", async () => {
    const { socket, client, close } = await openClient();
    socket.accept();
    socket.drop();
    await vi.advanceTimersByTimeAsync(1_000);
    socket.say("connect_error", Object.assign(new Error("server error"), { code: "parser error" }));
    await settle();
    expect([client.status.get(), client.trouble?.reason]).toEqual(["offline", "unreachable"]);
    await vi.advanceTimersByTimeAsync(15_000);
    socket.accept();
    expect(client.status.get()).toBe("online");
    close();
  });

  test("a session is kept while something else answers in the server's place", async () => {
    const kept = new Map([["parlour:session:", JSON.stringify({ token: "t", account: ALICE, expiresAt: 9e15 })]]);
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    vi.stubGlobal("fetch", async () => new Response(HTML, { status: 404 }));
    const session = createSession({ storage });
    expect(await session.resume()).toMatchObject({ token: "t" });
    expect(await refusal(session.refresh())).toMatchObject({ reason: "unreachable" });
    expect([kept.size, session.session.get()?.token]).toEqual([1, "t"]);
  });
});

const TROUBLE = { description: 502, context: { status: 502, responseText: HTML } };

describe("TLS", () => {
  let certificate: { key: string; cert: string } | undefined;

  beforeAll(() => {
    certificate = selfSigned();
  });

  test("where there is none is told at once", async () => {
    const url = (await answering(200, HTML)).replace("http:", "https:");
    const error = await refusal(opening(url).ready());
    expect(error).toMatchObject({ code: "unavailable", reason: "network", retryable: false });
    expect(error.message).toMatch(/SSL|EPROTO/);
  });

  test("with a certificate that is not trusted is told at once", async ({ skip }) => {
    if (!certificate) return skip("openssl is not here");
    const url = `https://127.0.0.1:${await listening(createSecureServer(certificate, (_, reply) => reply.end("gm")))}`;
    const error = await refusal(opening(url).ready());
    expect(error).toMatchObject({ code: "unavailable", reason: "network", retryable: false });
    expect(error.message).toMatch(/certificate/);
  });
});

test("a program that speaks no HTTP is told at once", async () => {
  const redis = createTcpServer((socket) => socket.end("-ERR unknown command\r\n\r\n"));
  const error = await refusal(opening(`http://127.0.0.1:${await listening(redis)}`).ready());
  expect(error).toMatchObject({ code: "unavailable", retryable: false });
});

describe("an address", () => {
  test.each(["localhost:8080", "parlour.example", "//host", "http://", "ftp://host", "http://h:x"])(
    "%j is refused at once",
    async (url) => {
      const wrong = { code: "invalid", reason: "url", retryable: false };
      expect(() => connect({ url })).toThrow(expect.objectContaining(wrong));
      expect(await refusal(signIn({ url, provider: wallet, storage: null }))).toMatchObject(wrong);
    },
  );

  test("may have a slash at its end, a path, and ws for http", async () => {
    const asked: string[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url!.replace(/\?.*/, ""));
      response.writeHead(404).end();
    });
    const port = await listening(server);
    for (const url of [`ws://127.0.0.1:${port}/chat/`, `http://127.0.0.1:${port}/chat`]) {
      await refusal(opening(url).ready());
      await refusal(signIn({ url, provider: wallet, storage: null }));
    }
    expect(new Set(asked)).toEqual(new Set(["/chat/socket.io/", "/chat/auth/nonce"]));
  });
});

describe("in a page", () => {
  test("a sign-in that the browser blocks asks why by the socket's address", async () => {
    vi.stubGlobal("location", { origin: "http://page.example" });
    vi.stubGlobal("fetch", async (url: string) => {
      if (url.includes("/auth/")) throw new TypeError("Failed to fetch");
      return new Response(JSON.stringify({ code: 4, message: "x", error: ORIGIN }), { status: 403 });
    });
    const provider = wallet;
    expect(await refusal(signIn({ url: "http://parlour.example", provider, storage: null }))).toMatchObject(ORIGIN);
  });

  test("what cannot be told apart names all of it", async () => {
    vi.stubGlobal("location", { origin: "http://page.example" });
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    const error = await refusal(signIn({ url: "http://parlour.example", provider: wallet, storage: null }));
    expect(error.message).toBe(
      "http://parlour.example cannot be reached: Failed to fetch, or what answers there takes no pages of this origin.",
    );
  });

  test("a body that never comes holds nothing up", async () => {
    vi.useFakeTimers();
    const socket = new FakeSocket();
    const client = connect({ url: "http://parlour.example", createSocket: () => socket });
    client.ready().catch(() => undefined);
    await settle();
    const context = { status: 502, text: () => new Promise(() => undefined) };
    socket.say("connect_error", Object.assign(new Error("fetch read error"), { description: 502, context }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(client.trouble).toMatchObject({ reason: "http", retryable: true });
    client.close();
    vi.useRealTimers();
  });
});
