import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSession, type SessionManager } from "../../src/index.js";
import { ALICE } from "../fake-socket.js";

const HOUR = 3_600_000;
const URL = "https://parlour.test";
const stored = new Map<string, string>();
const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
  removeItem: (key: string) => void stored.delete(key),
};
const provider = {
  async request({ method }: { method: string }): Promise<unknown> {
    return { eth_requestAccounts: [ALICE], eth_chainId: "0x1" }[method] ?? "0x00";
  },
};

/** What the server does next time it is asked to sign in or to renew; the calls it got. */
let answers: (object | number | "away")[];
let calls: string[];
let messages: string[];
let session: SessionManager;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  stored.clear();
  [answers, calls, messages] = [[], [], []];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const call = url.slice(`${URL}/auth/`.length);
    if (call === "nonce") return Response.json({ domain: "x", uri: "x", nonce: "x", chainIds: [1] });
    calls.push(`${call} ${new Headers(init.headers).get("Authorization") ?? ""}`.trim());
    if (call === "verify") messages.push(String(init.body));
    if (call === "signout") return new Response(null, { status: 204 });
    const answer = answers.shift() ?? 401;
    if (answer === "away") throw new TypeError("fetch failed");
    const error = { code: "unauthorized", message: "This session is over.", retryable: false };
    return typeof answer === "number" ? Response.json({ error }, { status: answer }) : Response.json(answer);
  });
  vi.stubGlobal("navigator", {}); // Web Locks would wait in real time
  session = createSession({ url: URL, storage, provider });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const told = (): (string | undefined)[] => {
  const tokens: string[] = [];
  session.onSignedOut(({ token }) => tokens.push(token));
  return tokens;
};

describe("a session", () => {
  test("is null until somebody signs in", async () => {
    expect([session.session.get(), await session.token()]).toEqual([null, undefined]);
    answers = [{ token: "t1", expiresAt: HOUR, account: ALICE }];
    await session.signIn();
    expect([session.session.get()?.account, await session.token()]).toEqual([ALICE, "t1"]);
  });

  test("is renewed five minutes before its end, and kept", async () => {
    answers = [
      { token: "t1", expiresAt: HOUR, account: ALICE },
      { token: "t2", expiresAt: 2 * HOUR },
    ];
    await session.signIn();
    await vi.advanceTimersByTimeAsync(HOUR - 300_001);
    expect(calls).toEqual(["verify"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toEqual(["verify", "refresh Bearer t1"]);
    expect([await session.token(), session.session.get()?.account]).toEqual(["t2", ALICE]);
    expect(JSON.parse(stored.get(`parlour:session:${URL}`)!)).toMatchObject({ token: "t2", account: ALICE });
  });

  test("is renewed after a while when the server is away", async () => {
    answers = [{ token: "t1", expiresAt: HOUR }, "away", "away", { token: "t2", expiresAt: 2 * HOUR }];
    await session.signIn();
    await vi.advanceTimersByTimeAsync(HOUR - 290_000);
    expect([calls.length, await session.token()]).toEqual([4, "t2"]);
  });

  test("ends when its renewal is refused, and says so", async () => {
    answers = [{ token: "t1", expiresAt: HOUR }, 401];
    const ended = told();
    await session.signIn();
    await vi.advanceTimersByTimeAsync(HOUR);
    expect([ended, session.session.get(), stored.size]).toEqual([["t1"], null, 0]);
  });

  test("ends at its time when the wallet's signature allows no more", async () => {
    answers = [
      { token: "t1", expiresAt: HOUR },
      { token: "t2", expiresAt: HOUR },
    ];
    const ended = told();
    await session.signIn();
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect([ended, calls.length]).toEqual([[], 2]);
    await vi.advanceTimersByTimeAsync(1);
    expect([ended, await session.token(), calls.length]).toEqual([["t2"], undefined, 2]);
  });

  test("asks the wallet for as long as it is to be renewable", async () => {
    answers = [{ token: "t1", expiresAt: HOUR }];
    await session.signIn({ renewableUntil: new Date(Date.UTC(2030, 0, 1)) });
    expect(messages[0]).toContain("Expiration Time: 2030-01-01T00:00:00.000Z");
  });

  test("goes on after a reload", async () => {
    stored.set(`parlour:session:${URL}`, JSON.stringify({ token: "t1", expiresAt: HOUR, account: ALICE }));
    answers = [{ expiresAt: HOUR }, { token: "t2", expiresAt: 2 * HOUR }];
    expect(await session.resume()).toMatchObject({ token: "t1", account: ALICE });
    await vi.advanceTimersByTimeAsync(HOUR - 300_000);
    expect(await session.token()).toBe("t2");
  });

  test("near its end is renewed before its token is given out, though a computer slept", async () => {
    answers = [
      { token: "t1", expiresAt: HOUR },
      { token: "t2", expiresAt: 2 * HOUR },
    ];
    await session.signIn();
    vi.setSystemTime(HOUR - 60_000);
    expect(await session.token()).toBe("t2");
  });

  test("that was signed out while it was renewed stays so", async () => {
    answers = [
      { token: "t1", expiresAt: HOUR },
      { token: "t2", expiresAt: 2 * HOUR },
    ];
    await session.signIn();
    const renewal = session.refresh();
    await session.signOut();
    expect([await renewal, await session.token(), stored.size]).toEqual([null, undefined, 0]);
  });

  test("is signed out here and on the server, which is no news to who did it", async () => {
    answers = [{ token: "t1", expiresAt: HOUR }];
    const ended = told();
    await session.signIn();
    await session.signOut();
    await vi.advanceTimersByTimeAsync(2 * HOUR);
    expect([ended, calls, stored.size]).toEqual([[], ["verify", "signout Bearer t1"], 0]);
  });

  test("that the server takes no more is over, unless it was renewed meanwhile", async () => {
    answers = [{ token: "t1", expiresAt: HOUR }];
    const ended = told();
    await session.signIn();
    session.tokenEnded("t0");
    expect(await session.token()).toBe("t1");
    session.tokenEnded("t1");
    expect([ended, await session.token()]).toEqual([["t1"], undefined]);
  });
});

describe("a session that tabs share by their storage", () => {
  let other: SessionManager;

  beforeEach(async () => {
    answers = [{ token: "t1", expiresAt: HOUR, account: ALICE }, { expiresAt: HOUR }];
    await session.signIn();
    other = createSession({ url: URL, storage });
    await other.resume();
    calls.length = 0;
  });

  test("is renewed by one of them, whose token the others take", async () => {
    answers = [{ token: "t2", expiresAt: 2 * HOUR }];
    const ended = told();
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect([calls, await session.token(), await other.token()]).toEqual([["refresh Bearer t1"], "t2", "t2"]);
    other.tokenEnded("t1");
    expect([ended, await other.token()]).toEqual([[], "t2"]);
  });

  test("is not ended by a token that another one has renewed meanwhile", async () => {
    answers = [{ token: "t2", expiresAt: 2 * HOUR }];
    await session.refresh();
    other.tokenEnded("t1");
    expect([await other.token(), stored.size]).toEqual(["t2", 1]);
  });

  test("is signed out for all, whoever renewed it", async () => {
    answers = [{ token: "t2", expiresAt: 2 * HOUR }];
    await session.refresh();
    await other.signOut();
    session.tokenEnded("t2");
    expect([calls.at(-1), await session.token(), stored.size]).toEqual(["signout Bearer t2", undefined, 0]);
  });
});

describe("a followed wallet", () => {
  /** Sign in and follow a wallet; returns what makes the wallet speak, and what ends the following. */
  async function follow(): Promise<{ say: (event: string, value: unknown) => void; off: () => void }> {
    answers = [{ token: "t1", expiresAt: HOUR, account: ALICE, address: ALICE, chainId: 1 }];
    await session.signIn();
    const listeners = new Map<string, (value: never) => void>();
    const on = (event: string, listener: (value: never) => void): unknown => listeners.set(event, listener);
    const off = session.follow({ ...provider, on, removeListener: (event) => listeners.delete(event) });
    return { say: (event, value) => listeners.get(event)?.(value as never), off };
  }

  test.each([
    ["accountsChanged", [`0x${"1".repeat(40)}`], true],
    ["accountsChanged", [], true],
    ["accountsChanged", [ALICE.toLowerCase()], false],
    ["chainChanged", "0x89", true],
    ["chainChanged", "0x1", false],
    ["disconnect", { code: 4900 }, false],
  ])("that says %s %o ends the session: %s", async (event, value, ends) => {
    const { say } = await follow();
    say(event, value);
    await vi.advanceTimersByTimeAsync(0);
    expect([session.session.get() === null, calls.includes("signout Bearer t1")]).toEqual([ends, ends]);
  });

  test("ends nothing once it is not followed any more", async () => {
    const { say, off } = await follow();
    off();
    say("accountsChanged", []);
    say("chainChanged", "0x89");
    expect(session.session.get()).not.toBe(null);
  });
});
