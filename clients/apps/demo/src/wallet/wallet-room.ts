/** The account's own wallet room: what it follows, what it holds, and how far each of its transactions is. */
import {
  ParlourError,
  type Entry,
  type Finality,
  type Hex,
  type JsonObject,
  type Room,
  type WalletTransaction,
} from "@parlour/client";
import { me } from "../account/session.js";
import { ask, openWallet, useChain } from "../chain/asking.js";

/** What the room's state says of one token. */
export interface Held {
  /** In the smallest unit; null where the token gave no answer. */
  balance: string | null;
  status: Finality;
}

export interface WalletView {
  /** By chain, then by token; `native` is the chain's coin. */
  balances: Record<string, Record<string, Held>>;
}

export interface TokenFacts {
  symbol: string;
  decimals: number;
}

/** A transaction that was sent, by the newest that the room says of it. */
export interface Activity {
  chain: number;
  hash: Hex;
  status: WalletTransaction["status"];
  replacement?: WalletTransaction["replacement"];
  reason?: string | undefined;
}

export const NATIVE = "native";
const COIN: TokenFacts = { symbol: "ETH", decimals: 18 };
/** The first four bytes of `transfer(address,uint256)` (ERC-20). */
const TRANSFER = "0xa9059cbb";

/** List the tracked transactions, the newest first. */
export function activityOf(entries: readonly Entry[]): Activity[] {
  const found = new Map<string, Activity>();
  for (const { type, body } of entries) {
    if (type === "wallet.track" && body && !found.has(body.hash))
      found.set(body.hash, { chain: body.chain, hash: body.hash, status: "submitted" });
    if (type === "wallet.transaction" && body) {
      const { chain, hash, status, replacement, reason } = body;
      found.set(hash, { chain, hash, status, reason, ...(replacement && { replacement }) });
    }
  }
  return [...found.values()].reverse();
}

/** What a token says of itself; smallest units and a short address where it says nothing. */
export function factsOf(entries: readonly Entry[], chain: number, token: string): TokenFacts {
  const told = entries.findLast(
    ({ type, body }) => type === "wallet.balance" && body?.chain === chain && same(body.token, token) && body.meta,
  );
  const meta = told?.type === "wallet.balance" ? told.body?.meta : undefined;
  if (meta) return meta;
  return token === NATIVE ? COIN : { symbol: `${token.slice(0, 6)}…${token.slice(-4)}`, decimals: 0 };
}

/** Read an amount that a person wrote, in smallest units; null where it is none. */
export function rawAmount(text: string, decimals: number): bigint | null {
  const parts = /^(\d+)(?:[.,](\d+))?$/.exec(text.trim());
  const fraction = parts?.[2] ?? "";
  if (!parts || fraction.length > decimals) return null;
  return BigInt(parts[1]! + fraction.padEnd(decimals, "0"));
}

/** Follow a chain's coin, and a token where one is named, beside what is followed already. @throws ParlourError */
export async function follow(
  room: Pick<Room, "configure">,
  options: JsonObject,
  chain: number,
  token?: string,
): Promise<JsonObject> {
  const list = (name: string): unknown[] => (Array.isArray(options[name]) ? options[name] : []);
  const [chains, tokens] = [list("chains"), list("tokens")];
  const next = {
    ...options,
    native: true,
    chains: chains.includes(chain) ? chains : [...chains, chain],
    tokens: !token || tokens.some((one) => same(String(one), token)) ? tokens : [...tokens, token],
  } as JsonObject;
  await room.configure({ options: next });
  return next;
}

/** Have the wallet send; what it answers is on its way, whatever comes after. @throws ParlourError */
export async function send(sending: { chain: number; token: string; to: string; amount: bigint }): Promise<Hex> {
  const { chain, token, to, amount } = sending;
  const wallet = openWallet();
  await useChain(wallet, chain);
  const words = [BigInt(to), amount].map((word) => word.toString(16).padStart(64, "0"));
  const call =
    token === NATIVE ? { to, value: `0x${amount.toString(16)}` } : { to: token, data: TRANSFER + words.join("") };
  return ask<Hex>(wallet, "eth_sendTransaction", [{ from: me.value, ...call }]);
}

/** Have the room follow a transaction that was sent. @throws ParlourError that says that it was sent */
export async function track(room: Pick<Room, "track">, chain: number, hash: Hex): Promise<void> {
  try {
    await room.track({ chain, hash });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `It was sent as ${hash}, and is not followed here: ${why}`;
    throw new ParlourError({ code: "unavailable", message, retryable: false });
  }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
