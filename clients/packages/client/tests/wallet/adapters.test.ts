/** The adapters with the objects of viem, ethers and wagmi themselves. */
import * as wagmi2 from "@wagmi/core";
import * as wagmi3 from "wagmi-core-3";
import { JsonRpcProvider, verifyMessage as ethersVerify, Wallet } from "ethers";
import { createWalletClient, custom, verifyMessage } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { mainnet, polygon } from "viem/chains";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSession, type Provider, type SessionManager } from "../../src/index.js";
import { connectKitSiwe, fromEthers, fromViem, fromWagmi, rainbowKitAuth, reownSiwx } from "../../src/wallet.js";

const KEY = `0x${"11".repeat(32)}` as const;
const owner = privateKeyToAccount(KEY);
const other = privateKeyToAccount(`0x${"22".repeat(32)}`);
const URL = "https://parlour.test";

let session: SessionManager;
/** Whether the server knows the signer of a message; what it was sent. */
let accepts: boolean;
let sent: { message: string; signature: `0x${string}` }[];

beforeEach(() => {
  [accepts, sent] = [true, []];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    if (url.endsWith("/auth/nonce"))
      return Response.json({
        domain: "dapp",
        uri: "https://dapp",
        version: "1",
        nonce: "abcdefgh",
        statement: null,
        chainIds: [1],
      });
    if (url.endsWith("/auth/signout")) return new Response(null, { status: 204 });
    sent.push(JSON.parse(String(init.body)) as (typeof sent)[0]);
    const error = { code: "unauthorized", message: "no", retryable: false };
    if (!accepts) return Response.json({ error }, { status: 401 });
    const { address } = owner;
    return Response.json({ token: "t", account: address, address, chainId: 1, expiresAt: Date.now() + 3_600_000 });
  });
  session = createSession({ url: URL, storage: null });
});

afterEach(async () => {
  await session.signOut();
  vi.unstubAllGlobals();
});

/** A wallet in a browser: EIP-1193 over an account, and events. */
function injected(): Provider & { move(event: string, value: unknown): void } {
  const listeners = new Map<string, Set<(value: never) => void>>();
  return {
    async request({ method, params }) {
      const [first] = (params ?? []) as [`0x${string}`];
      if (method === "personal_sign") return owner.signMessage({ message: { raw: first } });
      return { eth_requestAccounts: [owner.address], eth_accounts: [owner.address], eth_chainId: "0x1" }[method];
    },
    on: (event, listener) => listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    removeListener: (event, listener) => listeners.get(event)?.delete(listener),
    move: (event, value) => listeners.get(event)?.forEach((listener) => listener(value as never)),
  };
}

async function signsIn(provider: Provider): Promise<void> {
  await session.signIn({ provider });
  expect(await verifyMessage({ address: owner.address, ...sent.at(-1)! })).toBe(true);
  expect(sent.at(-1)!.message).toContain(`${owner.address}\n`);
}

describe("viem", () => {
  test("a wallet client with a key of its own signs in", async () => {
    const transport = custom({ request: async () => "0x1" });
    await signsIn(fromViem(createWalletClient({ account: owner, chain: mainnet, transport })));
  });

  test("a wallet client over a browser's wallet signs in", async () => {
    await signsIn(fromViem(createWalletClient({ chain: mainnet, transport: custom(injected()) })));
  });
});

describe("ethers", () => {
  test("a signer signs in, with the chain of its provider", async () => {
    const network = new JsonRpcProvider("http://127.0.0.1:9", 1, { staticNetwork: true });
    await signsIn(fromEthers(new Wallet(KEY, network)));
    expect(ethersVerify(sent[0]!.message, sent[0]!.signature)).toBe(owner.address);
    network.destroy();
  });

  test("a signer without a provider signs in, and serves nothing else", async () => {
    const provider = fromEthers(new Wallet(KEY));
    await signsIn(provider);
    await expect(provider.request({ method: "eth_sendTransaction" })).rejects.toMatchObject({ code: 4200 });
  });
});

describe.each([
  ["v2", wagmi2],
  ["v3", wagmi3 as unknown as typeof wagmi2],
])("wagmi %s", (_, wagmi) => {
  const chains = [mainnet, polygon] as const;
  const transports = {
    [mainnet.id]: custom({ request: async () => "0x1" }),
    [polygon.id]: custom({ request: async () => "0x89" }),
  };

  test("a config with a connected wallet signs in, and another account or chain signs out", async () => {
    vi.stubGlobal("window", {}); // wagmi looks for a wallet in pages alone
    const wallet = injected();
    const target = { id: "test", name: "Test", provider: wallet as never };
    const config = wagmi.createConfig({
      chains,
      transports,
      connectors: [wagmi.injected({ target })],
      storage: null,
      multiInjectedProviderDiscovery: false,
    });
    const provider = fromWagmi(config);
    await expect(provider.request({ method: "personal_sign" })).rejects.toMatchObject({ code: 4900 });
    await wagmi.connect(config, { connector: config.connectors[0]! });
    for (const [event, value] of [
      ["chainChanged", "0x89"],
      ["accountsChanged", [other.address]],
    ] as const) {
      await signsIn(provider);
      const off = session.follow(provider);
      wallet.move(event, value);
      await vi.waitFor(() => expect(session.session.get()).toBe(null));
      off();
      wallet.move("chainChanged", "0x1");
      wallet.move("accountsChanged", [owner.address]);
      await vi.waitFor(() => expect(wagmi.getAccount(config)).toMatchObject({ chainId: 1, address: owner.address }));
    }
  });
});

describe("the configurations of kits", () => {
  const asked = { address: owner.address.toLowerCase() as `0x${string}`, chainId: 5 };

  test("RainbowKit's signs in, says no to what the server refuses, and signs out", async () => {
    const auth = rainbowKitAuth(session);
    const nonce = await auth.getNonce();
    const message = auth.createMessage({ ...asked, nonce });
    expect(message).toContain("Chain ID: 1"); // the server takes no other
    const signature = await owner.signMessage({ message });
    accepts = false;
    expect(await auth.verify({ message, signature })).toBe(false);
    accepts = true;
    expect(await auth.verify({ message, signature })).toBe(true);
    expect(session.session.get()?.address).toBe(owner.address);
    expect(await verifyMessage({ address: owner.address, ...sent.at(-1)! })).toBe(true);
    await auth.signOut();
    expect(session.session.get()).toBe(null);
  });

  test("a message with a nonce of somebody else is not written", async () => {
    const auth = rainbowKitAuth(session);
    await auth.getNonce();
    expect(() => auth.createMessage({ ...asked, nonce: "another" })).toThrow(RangeError);
  });

  test("ConnectKit's tells the session that there is", async () => {
    const siwe = connectKitSiwe(session);
    expect(await siwe.getSession()).toBe(null);
    const message = siwe.createMessage({ ...asked, nonce: await siwe.getNonce() });
    expect(await siwe.verifyMessage({ message, signature: await owner.signMessage({ message }) })).toBe(true);
    expect(await siwe.getSession()).toEqual({ address: owner.address, chainId: 1 });
    expect(await siwe.signOut()).toBe(true);
    expect(await siwe.getSession()).toBe(null);
  });

  test("Reown's creates a message, adds, tells and revokes the session", async () => {
    const siwx = reownSiwx(session);
    const chainId = "eip155:1";
    const solana = siwx.createMessage({ accountAddress: "x", chainId: "solana:101" });
    await expect(solana).rejects.toThrow("no chain of the EVM");
    const { toString, ...data } = await siwx.createMessage({ accountAddress: owner.address, chainId });
    const message = toString();
    const signed = { data, message, signature: await owner.signMessage({ message }) };
    accepts = false;
    await expect(siwx.addSession(signed)).rejects.toThrow("did not accept");
    accepts = true;
    await siwx.addSession(signed);
    expect(await siwx.getSessions(chainId, owner.address)).toHaveLength(1);
    expect(await siwx.getSessions(chainId, other.address)).toEqual([]);
    await siwx.setSessions([]);
    expect(await siwx.getSessions(chainId, owner.address)).toEqual([]);
    await siwx.setSessions([signed]);
    await siwx.revokeSession();
    expect(session.session.get()).toBe(null);
  });
});
