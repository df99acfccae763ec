/** @jsxImportSource react */
// @vitest-environment happy-dom
import { act, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Provider, Session } from "@parlour/client";
import { ALICE, BOB, FakeSocket } from "../../client/tests/fake-socket.js";
import { ParlourProvider, useRoom, useSession, useStatus, type SessionState } from "../src/index.js";
import { letIn, pause } from "./kit.js";

const URL = "https://parlour.test";
const KEPT = { token: "t1", account: ALICE, address: ALICE, chainId: 1, expiresAt: Date.now() + 3_600_000 };

/** A wallet that can be told to move. */
class Wallet implements Provider {
  readonly listeners = new Map<string, (value: never) => void>();
  request = async ({ method }: { method: string }): Promise<unknown> =>
    ({ eth_requestAccounts: [ALICE], eth_chainId: "0x1" })[method] ?? "0x00";
  on = (event: string, listener: (value: never) => void): unknown => this.listeners.set(event, listener);
  removeListener = (event: string): unknown => this.listeners.delete(event);
  say(event: string, value: unknown): void {
    this.listeners.get(event)?.(value as never);
  }
}

let sockets: FakeSocket[];
let calls: string[];
let me: SessionState;
let shown: HTMLElement;
let root: ReturnType<typeof createRoot>;
let wallet: Wallet;

function createSocket(): FakeSocket {
  const socket = new FakeSocket();
  letIn(socket);
  sockets.push(socket);
  return socket;
}

const Me = () => {
  me = useSession();
  return <p>{`${me.session?.account ?? "guest"} ${useStatus()} ${useRoom("lobby").status.get()}`}</p>;
};

const settled = (happens: () => unknown): Promise<void> =>
  act(async () => {
    await happens();
    await pause();
  }) as Promise<void>;

const show = (): Promise<void> =>
  settled(() =>
    root.render(
      <StrictMode>
        <ParlourProvider url={URL} wallet={wallet} createSocket={createSocket}>
          <Me />
        </ParlourProvider>
      </StrictMode>,
    ),
  );

/** The sockets that were asked to connect, by the token they were given. */
const dialled = (): unknown[] =>
  sockets.filter(({ connects }) => connects).map(({ auth }) => (auth as { token?: string }).token);
const accept = (): Promise<void> => settled(() => sockets.findLast(({ connects }) => connects)!.accept());

beforeEach(() => {
  [sockets, calls] = [[], []];
  sessionStorage.clear();
  wallet = new Wallet();
  shown = document.createElement("main");
  root = createRoot(shown);
  vi.stubGlobal("fetch", async (url: string) => {
    const call = url.slice(`${URL}/auth/`.length);
    calls.push(call);
    if (call === "nonce") return Response.json({ domain: "x", uri: "x", nonce: "x", chainIds: [1] });
    if (call === "signout") return new Response(null, { status: 204 });
    return Response.json(call === "verify" ? { ...KEPT, token: "t2" } : KEPT);
  });
});

afterEach(async () => {
  await settled(() => root.unmount());
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("a guest has one connection, also in StrictMode, and it is closed with the provider", async () => {
  await show();
  await accept();
  expect(dialled()).toEqual([undefined]);
  expect(shown.textContent).toBe("guest online online");
  const open = sockets.find(({ connected }) => connected)!;
  await settled(() => root.unmount());
  expect(open.connected).toBe(false);
  root = createRoot(shown);
});

test("a session that a reload left is continued before the first connection", async () => {
  sessionStorage.setItem(`parlour:session:${URL}`, JSON.stringify(KEPT));
  await show();
  await accept();
  expect(dialled()).toEqual(["t1"]);
  expect(shown.textContent).toBe(`${ALICE} online online`);
});

test("signing in connects anew as the account, and signing out as a guest", async () => {
  await show();
  await accept();
  await settled(() => me.signIn());
  await accept();
  expect(shown.textContent).toBe(`${ALICE} online online`);
  await settled(() => me.signOut());
  await accept();
  expect(shown.textContent).toBe("guest online online");
  expect(dialled()).toEqual([undefined, "t2", undefined]);
  expect(sockets.filter(({ connected }) => connected)).toHaveLength(1);
});

test.each([
  ["another account", "accountsChanged", [BOB], "guest"],
  ["no account", "accountsChanged", [], "guest"],
  ["another chain", "chainChanged", "0x89", "guest"],
  ["the same account", "accountsChanged", [ALICE.toLowerCase()], ALICE],
  ["the same chain", "chainChanged", "0x1", ALICE],
])("a wallet that is on %s afterwards ends the session or keeps it", async (_, event, value, who) => {
  await show();
  await settled(() => me.signIn());
  await settled(() => wallet.say(event, value));
  expect((me.session as Session | null)?.account ?? "guest").toBe(who);
  expect(calls.includes("signout")).toBe(who === "guest");
});

test("a token of the application is asked for each connection, by its newest function", async () => {
  const asked: string[] = [];
  const page = (name: string) => (
    <ParlourProvider url={URL} createSocket={createSocket} token={() => (asked.push(name), name)}>
      <Status />
    </ParlourProvider>
  );
  const Status = () => <p>{useStatus()}</p>;
  await settled(() => root.render(page("one")));
  await settled(() => root.render(page("two")));
  expect([asked, dialled()]).toEqual([["one"], ["one"]]);
  await accept();
  vi.spyOn(Math, "random").mockReturnValue(0); // no pause before the next connection
  await settled(() => sockets.at(-1)!.drop());
  expect(asked).toEqual(["one", "two"]);
});
