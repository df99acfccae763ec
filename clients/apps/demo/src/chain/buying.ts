/** Buys a token that its own contract sells: `price()` says how many wei one is, `buy()` takes them. */
import type { GateLeaf } from "@parlour/client";
import { methods } from "../../contracts/Pass.json";
import { me, provider } from "../account/session.js";
import { ask, openWallet, useChain } from "./asking.js";

/** What is for sale: a token on a chain. */
export interface Sold {
  chain: number;
  token: string;
}

/** Return what a leaf of a gate wants of a token with balances; null where it wants something else. */
export function tokenOf(leaf: GateLeaf): Sold | null {
  const { chain, token, standard } = leaf as Partial<Sold> & { standard?: string };
  return standard === "erc20" && chain !== undefined && token !== undefined ? { chain, token } : null;
}

/** Return the wei that one token costs; null where its contract sells none, or the wallet looks at another chain. */
export async function priceOf({ chain, token }: Sold): Promise<bigint | null> {
  const wallet = provider.peek();
  if (!wallet) return null;
  try {
    if (Number(await ask<string>(wallet, "eth_chainId")) !== chain) return null;
    const answer = await ask<string>(wallet, "eth_call", [{ to: token, data: methods["price()"] }, "latest"]);
    return /^0x[0-9a-fA-F]{64}$/.test(answer) && BigInt(answer) > 0n ? BigInt(answer) : null;
  } catch {
    return null; // most tokens have no such method
  }
}

/** Pay for tokens; resolves once the wallet has sent the transaction. @throws ParlourError */
export async function buy({ chain, token }: Sold, wei: bigint): Promise<void> {
  const wallet = openWallet();
  await useChain(wallet, chain);
  const bought = { from: me.peek(), to: token, value: `0x${wei.toString(16)}`, data: methods["buy()"] };
  await ask(wallet, "eth_sendTransaction", [bought]);
}
