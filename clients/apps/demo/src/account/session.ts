/** Who I am: the session, the wallet it was signed with, and how to leave. */
import { computed, effect, signal } from "@preact/signals";
import { resumeSession, signIn, signOut, watchAccount } from "@parlour/client";
import type { Account, Off, Provider, Session } from "@parlour/client";
import { loadDev } from "./dev.js";
import { findWallets, wallets, type WalletChoice } from "./wallets.js";

export const session = signal<Session | null>(null);
/** Whether somebody without a session looks around. */
export const guest = signal(false);
/** The wallet of the session; null until it is found again after a reload. */
export const provider = signal<Provider | null>(null);
export const me = computed<Account>(() => session.value?.account ?? "");

/** Where a reload finds which wallet the session was signed with. */
const WALLET_KEY = "parlour:wallet";
let unwatch: Off | undefined;

/** Find wallets, and the session that a reload left behind. */
export async function startSession(): Promise<void> {
  findWallets();
  const [resumed] = await Promise.all([resumeSession(), loadDev()]);
  session.value = resumed;
  effect(() => {
    const id = sessionStorage.getItem(WALLET_KEY);
    const choice = wallets.value.find((one) => one.id === id);
    if (session.value && choice) void reopen(choice);
  });
}

/** Sign in with a wallet. @throws ParlourError when the wallet or the server refuses. */
export async function enter(choice: WalletChoice): Promise<void> {
  const opened = await choice.open();
  const signed = await signIn({ provider: opened });
  sessionStorage.setItem(WALLET_KEY, choice.id);
  attach(opened);
  session.value = signed;
}

/** Sign out, here and on the server. @throws ParlourError when the server cannot be told. */
export async function leave(): Promise<void> {
  const token = session.value?.token;
  forget();
  if (token) await signOut({ token });
}

/** End the session on this page, whatever the server thinks of it. */
export function forget(): void {
  unwatch?.();
  sessionStorage.removeItem(WALLET_KEY);
  provider.value = session.value = null;
  guest.value = false;
}

/** After a reload the session is back before its wallet is; staking needs both. */
async function reopen(choice: WalletChoice): Promise<void> {
  if (provider.peek()) return;
  const opened = await choice.open();
  if (session.peek() && !provider.peek()) attach(opened);
}

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
