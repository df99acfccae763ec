import { afterEach, describe, expect, test, vi } from "vitest";
import {
  checksumAddress,
  discoverWallets,
  formatSignInMessage,
  resumeSession,
  signIn,
  watchAccount,
  type Provider,
} from "../../src/index.js";
import { ALICE, BOB } from "../fake-socket.js";

const NONCE = {
  nonce: "abcdefgh12345678",
  nonceExpiresAt: 0,
  domain: "parlour.test",
  uri: "https://parlour.test",
  version: "1",
  statement: "Sign in to Parlour.",
  chainIds: [1, 31337],
  issuedAt: "2026-11-22T10:00:00.000Z",
  expirationTime: "2026-11-23T10:00:00.000Z",
};
const SESSION = {
  token: "t0ken",
  account: ALICE,
  address: ALICE,
  chainId: 31337,
  method: "eoa",
  sessionKey: null,
  expiresAt: 1,
};

interface Call {
  url: string;
  init: RequestInit;
}

function serve(answers: Record<string, [status: number, body: unknown]>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    const [status, body] = answers[new URL(url, "http://x").pathname] ?? [404, {}];
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
  return calls;
}

class FakeWallet implements Provider {
  readonly asked: { method: string; params?: unknown }[] = [];
  readonly listeners = new Map<string, (...values: never[]) => void>();
  constructor(private readonly answers: Record<string, unknown>) {}

  async request(request: { method: string; params?: unknown }): Promise<unknown> {
    this.asked.push(request);
    const answer = this.answers[request.method];
    if (answer && typeof answer === "object" && "code" in answer) throw answer;
    return answer;
  }
  on(event: string, listener: (...values: never[]) => void): void {
    this.listeners.set(event, listener);
  }
  removeListener(event: string): void {
    this.listeners.delete(event);
  }
}

const storage = (): Storage & { data: Map<string, string> } => {
  const data = new Map<string, string>();
  return {
    data,
    getItem: (key: string) => data.get(key) ?? null,
    setItem: (key: string, value: string) => void data.set(key, value),
    removeItem: (key: string) => void data.delete(key),
  } as never;
};

const WALLET = { eth_requestAccounts: [ALICE.toLowerCase()], eth_chainId: "0x7a69", personal_sign: "0xsigned" };

afterEach(() => vi.unstubAllGlobals());

describe("signing in", () => {
  test("signs the text of EIP-4361 with a checksummed address and keeps the session", async () => {
    const calls = serve({ "/auth/nonce": [200, NONCE], "/auth/verify": [200, SESSION] });
    const wallet = new FakeWallet(WALLET);
    const store = storage();
    const session = await signIn({ url: "https://api.parlour.test/", provider: wallet, storage: store });
    expect(session).toEqual(SESSION);
    const { message, signature } = JSON.parse(String(calls[1]?.init.body)) as { message: string; signature: string };
    expect(signature).toBe("0xsigned");
    expect(message.split("\n")).toEqual([
      "parlour.test wants you to sign in with your Ethereum account:",
      ALICE,
      "",
      "Sign in to Parlour.",
      "",
      "URI: https://parlour.test",
      "Version: 1",
      "Chain ID: 31337",
      "Nonce: abcdefgh12345678",
      "Issued At: 2026-11-22T10:00:00.000Z",
      "Expiration Time: 2026-11-23T10:00:00.000Z",
    ]);
    expect(wallet.asked.at(-1)).toEqual({
      method: "personal_sign",
      params: [expect.stringMatching(/^0x7061726c/), ALICE],
    });
    expect([...store.data.values()]).toEqual([JSON.stringify(SESSION)]);
  });

  test("signs for the first chain of the server where the wallet is on another", async () => {
    const calls = serve({ "/auth/nonce": [200, NONCE], "/auth/verify": [200, SESSION] });
    await signIn({ provider: new FakeWallet({ ...WALLET, eth_chainId: "0x89" }), storage: null });
    expect(String(calls[1]?.init.body)).toContain("Chain ID: 1\\n");
  });

  test.each([
    [4001, "rejected", true],
    [5000, "rejected", true],
    [5002, "rejected", true],
    [-32000, "rejected", true],
    ["ACTION_REJECTED", "rejected", true],
    ["toString", "failed", false],
    [4100, "unauthorized", true],
    [4200, "unsupported", false],
    [4900, "disconnected", true],
    [4902, "chain_unknown", true],
    [-32002, "pending", true],
    [-32603, "failed", false],
  ])("names the wallet's error %s", async (code, reason, retryable) => {
    serve({ "/auth/nonce": [200, NONCE] });
    const wallet = new FakeWallet({ ...WALLET, personal_sign: { code, message: "no" } });
    await expect(signIn({ provider: wallet, storage: null })).rejects.toMatchObject({
      code: "wallet",
      reason,
      retryable,
    });
  });

  test.each([
    ["in data", { code: -32603, data: { code: 4001 } }],
    ["in data.originalError", { code: -32603, data: { originalError: { code: 4001 } } }],
    ["in cause", { code: "UNKNOWN_ERROR", cause: { code: 4001 } }],
    ["in the cause's cause", { code: "UNKNOWN_ERROR", cause: new Error("viem", { cause: { code: 4001 } }) }],
  ])("finds a refusal %s", async (_, error) => {
    serve({ "/auth/nonce": [200, NONCE] });
    const wallet = new FakeWallet({ ...WALLET, personal_sign: { message: "no", ...error } });
    const refused = expect(signIn({ provider: wallet, storage: null })).rejects;
    await refused.toMatchObject({ code: "wallet", reason: "rejected", details: { walletCode: 4001 } });
  });

  test("takes what a node says under -32000 for no refusal of the person", async () => {
    serve({ "/auth/nonce": [200, NONCE] });
    const message = "insufficient funds for gas * price + value";
    const wallet = new FakeWallet({ ...WALLET, personal_sign: { code: -32000, message } });
    const refused = expect(signIn({ provider: wallet, storage: null })).rejects;
    await refused.toMatchObject({ code: "wallet", reason: "failed", message });
  });

  test.each([null, undefined, {}, ALICE, [1], ["0x12"], [null], 7])(
    "refuses %j as a wallet's accounts",
    async (odd) => {
      serve({ "/auth/nonce": [200, NONCE] });
      const wallet = new FakeWallet({ ...WALLET, eth_requestAccounts: odd });
      const refused = expect(signIn({ provider: wallet, storage: null })).rejects;
      await refused.toMatchObject({ name: "ParlourError", code: "wallet", reason: "answer", retryable: false });
    },
  );

  test.each([
    ["eth_chainId", null],
    ["personal_sign", null],
    ["personal_sign", { sig: "0x" }],
  ])("refuses an odd answer to %s", async (method, odd) => {
    serve({ "/auth/nonce": [200, { ...NONCE, chainIds: [] }], "/auth/verify": [200, SESSION] });
    const refused = expect(signIn({ provider: new FakeWallet({ ...WALLET, [method]: odd }), storage: null })).rejects;
    await refused.toMatchObject({ name: "ParlourError", code: "wallet", reason: "answer" });
  });

  test("says that a wallet without accounts has authorised none", async () => {
    const provider = new FakeWallet({ ...WALLET, eth_requestAccounts: [] });
    await expect(signIn({ provider, storage: null })).rejects.toMatchObject({ reason: "unauthorized" });
  });

  test("passes on the rule that failed", async () => {
    const error = { code: "nonce", message: "That nonce was used.", retryable: false };
    serve({ "/auth/nonce": [200, NONCE], "/auth/verify": [401, { error }] });
    await expect(signIn({ provider: new FakeWallet(WALLET), storage: null })).rejects.toMatchObject(error);
  });

  test("a server that cannot be reached is worth a retry", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
    const provider = new FakeWallet(WALLET);
    await expect(signIn({ url: "https://parlour.test", provider, storage: null })).rejects.toMatchObject({
      code: "unavailable",
      retryable: true,
    });
  });

  test("a reload resumes the session while the server honours it", async () => {
    const store = storage();
    store.setItem("parlour:session:", JSON.stringify(SESSION));
    serve({ "/auth/session": [200, SESSION] });
    expect(await resumeSession({ storage: store })).toEqual(SESSION);
    serve({ "/auth/session": [401, { error: { code: "unauthorized", message: "no", retryable: false } }] });
    expect(await resumeSession({ storage: store })).toBeNull();
    expect(store.data.size).toBe(0);
  });
});

describe("wallets", () => {
  test("are found when they announce themselves, each once", () => {
    vi.stubGlobal("window", new EventTarget());
    const info = { uuid: "u1", name: "Test", icon: "", rdns: "test.wallet" };
    const announce = (): void =>
      void window.dispatchEvent(
        Object.assign(new Event("eip6963:announceProvider"), { detail: { info, provider: {} } }),
      );
    window.addEventListener("eip6963:requestProvider", announce);
    const found: string[][] = [];
    const off = discoverWallets({ onWallets: (wallets) => found.push(wallets.map(({ info }) => info.name)) });
    announce();
    off();
    expect(found).toEqual([["Test"]]);
  });

  test("tell when the account changes", () => {
    const wallet = new FakeWallet({});
    const heard: (string | null)[] = [];
    const off = watchAccount({ provider: wallet, onChange: (address) => heard.push(address) });
    wallet.listeners.get("accountsChanged")?.([BOB.toLowerCase()] as never);
    wallet.listeners.get("accountsChanged")?.([] as never);
    wallet.listeners.get("accountsChanged")?.({ odd: true } as never);
    off();
    expect([heard, wallet.listeners.size]).toEqual([[BOB, null], 0]);
  });
});

describe("EIP-55", () => {
  test.each([
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
  ])("%s", (address) => {
    expect(checksumAddress(address.toLowerCase())).toBe(address);
  });

  test("what is no address is refused", () => {
    expect(() => checksumAddress("0x12")).toThrow(RangeError);
  });
});

test("a message without statement keeps its two empty lines", () => {
  const text = formatSignInMessage({
    domain: "d",
    address: ALICE,
    uri: "https://d",
    version: "1",
    chainId: 1,
    nonce: "n".repeat(8),
    issuedAt: "t",
    resources: ["urn:a", "urn:b"],
  });
  expect(text).toContain(`${ALICE}\n\n\nURI: https://d\n`);
  expect(text.endsWith("Issued At: t\nResources:\n- urn:a\n- urn:b")).toBe(true);
});
