/** Who I am: the wallets to choose from, the session, and how to leave it. */
import { computed, signal } from "@preact/signals";
import { checksumAddress, discoverWallets, resumeSession, signIn, signOut, watchAccount } from "@parlour/client";
import type { Account, Off, Provider, Session } from "@parlour/client";
import { shortAccount } from "@parlour/ui/format";

/** GET /api/dev; only a development server has it. */
export interface DevInfo {
  dev: true;
  wallets: { name: string; address: string; key: string }[];
  chain: { chainId: number; rpc: string | null } | null;
  stake: { address: string } | null;
  rooms: string[];
}

export interface WalletChoice {
  id: string;
  name: string;
  hint: string;
  icon: string;
  open: () => Promise<Provider>;
}

export const dev = signal<DevInfo | null>(null);
export const session = signal<Session | null>(null);
export const guest = signal(false);
export const provider = signal<Provider | null>(null);
const injected = signal<WalletChoice[]>([]);

export const wallets = computed<WalletChoice[]>(() => [...injected.value, ...devChoices(dev.value)]);
export const me = computed<Account>(() => session.value?.account ?? "");

const names = computed(() => new Map(dev.value?.wallets.map(({ address, name }) => [checksumAddress(address), name])));

/** A dev wallet's name, else the short address; a game's own bot has neither. */
export function nameOf(account: Account): string {
  if (isBot(account)) return "Bot";
  return names.value.get(account) ?? shortAccount(account);
}

export function isBot(account: Account): boolean {
  return account.startsWith("bot:");
}

const WALLET_KEY = "parlour:wallet";
let unwatch: Off | undefined;

/** Find wallets, and the session a reload left behind. */
export async function start(): Promise<void> {
  discoverWallets({
    onWallets: (found) => {
      injected.value = found.map(({ info, provider: own }) => {
        const hint = info.rdns || "In this browser";
        return { id: info.rdns || info.uuid, name: info.name, hint, icon: info.icon, open: async () => own };
      });
      void reopen();
    },
  });
  const [resumed, answer] = await Promise.all([resumeSession(), fetch("/api/dev").catch(() => null)]);
  if (answer?.ok) dev.value = (await answer.json()) as DevInfo;
  session.value = resumed;
  await reopen();
}

export async function enter(choice: WalletChoice): Promise<void> {
  const opened = await choice.open();
  const signed = await signIn({ provider: opened });
  sessionStorage.setItem(WALLET_KEY, choice.id);
  attach(opened);
  session.value = signed;
}

export async function leave(): Promise<void> {
  const token = session.value?.token;
  forget();
  if (token) await signOut({ token });
}

/** The session is over: here, whatever the server thinks. */
export function forget(): void {
  unwatch?.();
  sessionStorage.removeItem(WALLET_KEY);
  provider.value = session.value = null;
  guest.value = false;
}

/** After a reload the session is back before its wallet is; staking needs both. */
async function reopen(): Promise<void> {
  const id = sessionStorage.getItem(WALLET_KEY);
  const choice = wallets.value.find((one) => one.id === id);
  if (session.value && !provider.value && choice) attach(await choice.open());
}

function attach(opened: Provider): void {
  provider.value = opened;
  unwatch = watchAccount({
    provider: opened,
    onChange: (address) => {
      if (address !== session.value?.address) void leave();
    },
  });
}

function devChoices(info: DevInfo | null): WalletChoice[] {
  return (info?.wallets ?? []).map(({ name, address, key }) => ({
    id: `dev:${address}`,
    name,
    hint: `Dev wallet · ${shortAccount(address)}`,
    icon: "",
    open: async () => {
      const { createDevWallet } = await import("../wallet/dev-wallet.js");
      return createDevWallet({ address, key, chainId: info?.chain?.chainId ?? 1, callChain });
    },
  }));
}

/** JSON-RPC to the dev chain through this page's own server. */
async function callChain(method: string, params: readonly unknown[]): Promise<unknown> {
  const answer = await fetch("/api/dev/rpc", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const reply = (await answer.json()) as { result?: unknown; error?: { code: number | string; message: string } };
  if (reply.error) throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
  return reply.result;
}
