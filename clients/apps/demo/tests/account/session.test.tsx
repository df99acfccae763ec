// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Provider } from "@parlour/client";
import { ALICE, BOB } from "../../../../packages/client/tests/fake-socket.js";
import { enter, leave, provider, session } from "../../src/account/session.js";
import { Welcome } from "../../src/account/welcome.js";
import { findWallets, type WalletChoice } from "../../src/account/wallets.js";
import { problem } from "../../src/shell/toast.js";
import { settle } from "../inside.js";

/** A wallet on one account; `silent` never answers. */
class FakeWallet implements Provider {
  readonly listeners = new Map<string, Set<(value: unknown) => void>>();

  constructor(
    readonly address: string,
    readonly silent = false,
  ) {}

  async request({ method }: { method: string }): Promise<unknown> {
    if (this.silent) return new Promise(() => undefined);
    return { eth_requestAccounts: [this.address], eth_chainId: "0x1", personal_sign: "0xsigned" }[method];
  }

  on(event: string, listener: (value: never) => void): void {
    const there = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, there.add(listener as (value: unknown) => void));
  }

  removeListener(event: string, listener: (value: never) => void): void {
    this.listeners.get(event)?.delete(listener as (value: unknown) => void);
  }

  tell(event: string, value: unknown): void {
    for (const listener of this.listeners.get(event) ?? []) listener(value);
  }

  get listening(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

const choiceOf = (wallet: FakeWallet): WalletChoice => {
  return { id: wallet.address, name: wallet.address, hint: "", icon: "", open: async () => wallet };
};

/** The server's sign-in: every message is believed. */
async function fakeAuth(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const call = String(url).split("/auth/")[1] ?? "";
  if (call.startsWith("nonce")) {
    const nonce = {
      nonce: "n0nce1234",
      domain: "host",
      uri: "https://host",
      chainIds: [1],
      statement: "s",
      version: "1",
    };
    return Response.json({ ...nonce, issuedAt: "2026-01-01T00:00:00Z", expirationTime: "2026-01-01T00:05:00Z" });
  }
  if (call === "signout") return new Response(null, { status: 204 });
  const address = /0x[0-9a-fA-F]{40}/.exec(String(init?.body))?.[0];
  return Response.json({ account: address, address, token: `t-${address}`, expiresAt: Date.now() + 3_600_000 });
}

beforeEach(() => vi.stubGlobal("fetch", fakeAuth));
afterEach(async () => {
  cleanup();
  await leave();
  vi.unstubAllGlobals();
});

test("a wallet that lost its chain stays signed in", async () => {
  const wallet = new FakeWallet(ALICE);
  await enter(choiceOf(wallet));
  wallet.tell("disconnect", { code: 4900 });
  await settle();
  expect(session.value?.address).toBe(ALICE);
});

test("another account in the wallet signs out", async () => {
  const wallet = new FakeWallet(ALICE);
  await enter(choiceOf(wallet));
  wallet.tell("accountsChanged", [BOB]);
  await settle();
  expect([session.value, provider.value]).toEqual([null, null]);
});

test("signing out leaves no listener on the wallet", async () => {
  const wallet = new FakeWallet(ALICE);
  for (let time = 0; time < 3; time++) {
    await enter(choiceOf(wallet));
    expect(wallet.listening).toBe(1);
    await leave();
  }
  expect(wallet.listening).toBe(0);
});

test("a wallet that never answers leaves the others to be chosen", async () => {
  announce("Silent", new FakeWallet(BOB, true));
  announce("Prompt", new FakeWallet(ALICE));
  findWallets();
  render(<Welcome />);
  fireEvent.click(screen.getByRole("button", { name: /Silent/ }));
  const prompt = await screen.findByRole<HTMLButtonElement>("button", { name: /Prompt/ });
  expect(prompt.disabled).toBe(false);
  fireEvent.click(prompt);
  await vi.waitFor(() => expect(session.value?.address).toBe(ALICE));
  expect(problem.value).toBe("");
});

/** EIP-6963, as an extension does. */
function announce(name: string, wallet: FakeWallet): void {
  const info = { uuid: name, name, icon: "", rdns: `test.${name}` };
  const tell = (): void => {
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info, provider: wallet } }));
  };
  window.addEventListener("eip6963:requestProvider", tell);
}
