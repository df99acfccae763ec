/** Who I am: the session, the wallet it was signed with, and how to leave. */
import { computed, effect, signal } from "@preact/signals";
import { createSession, watchAccount, type Account, type Off, type Provider, type Session } from "@parlour/client";
import { base } from "../shell/base.js";
import { problem } from "../shell/toast.js";
import { loadDev } from "./dev.js";
import { findWallets, wallets, type WalletChoice } from "./wallets.js";

/** Renews the session before its end, and keeps it over a reload of this tab. */
export const sessions = createSession(base ? { url: base } : {});
export const session = signal<Session | null>(null);
/** Whether somebody without a session looks around. */
export const guest = signal(false);
/** The wallet of the session; null until it is found again after a reload. */
export const provider = signal<Provider | null>(null);
export const me = computed<Account>(() => session.value?.account ?? "");

/** Where a reload finds which wallet the session was signed with. */
const WALLET_KEY = "parlour:wallet";
let unwatch: Off | undefined;
/** Counts the wallets chosen: the answer of one that was given up for another is not taken. */
let attempts = 0;

sessions.session.subscribe((now) => {
  if (!now) detach();
  session.value = now;
});
sessions.onSignedOut(() => {
  problem.value = "Your session has ended. Sign in again to go on: what you typed is kept.";
});

/** Find wallets, and the session that a reload left behind. */
export async function startSession(): Promise<void> {
  findWallets();
  await Promise.all([sessions.resume(), loadDev()]);
  effect(() => {
    const id = sessionStorage.getItem(WALLET_KEY);
    const choice = wallets.value.find((one) => one.id === id);
    if (session.value && choice) void reopen(choice);
  });
}

/** Sign in with a wallet; choosing another meanwhile gives this one up. @throws ParlourError when it is refused. */
export async function enter(choice: WalletChoice): Promise<void> {
  const attempt = ++attempts;
  const opened = await choice.open();
  const asked = { ...opened, request: whileWanted(opened, () => attempt === attempts) };
  await sessions.signIn({ provider: asked });
  sessionStorage.setItem(WALLET_KEY, choice.id);
  attach(opened);
}

/** Sign out, here and on the server; this browser is told no more. @throws ParlourError when the server cannot be told. */
export async function leave(): Promise<void> {
  guest.value = false;
  await Promise.all([sessions.signOut(), import("../push/push.js").then(({ stopPush }) => stopPush())]);
}

/** The wallet's `request`, which refuses an answer that comes when nobody waits for it any more. */
function whileWanted(opened: Provider, wanted: () => boolean): Provider["request"] {
  return async (request) => {
    const answer = await opened.request(request);
    if (!wanted()) throw Object.assign(new Error("Another wallet was chosen."), { code: 4001 });
    return answer;
  };
}

/** After a reload the session is back before its wallet is; staking needs both. */
async function reopen(choice: WalletChoice): Promise<void> {
  if (provider.peek()) return;
  const opened = await choice.open();
  if (session.peek() && !provider.peek()) attach(opened);
}

/** Follow the wallet of the session: another account in it signs out. */
function attach(opened: Provider): void {
  unwatch?.();
  provider.value = opened;
  unwatch = watchAccount({
    provider: opened,
    onChange: (address) => {
      if (address !== session.value?.address) void leave();
    },
  });
}

function detach(): void {
  unwatch?.();
  unwatch = undefined;
  sessionStorage.removeItem(WALLET_KEY);
  provider.value = null;
}
