/** What a chain's node tells before a block does (protocol section 5); to look things up is `client.lookup`. */
import type { Client } from "./client.js";
import type { Listener, Off } from "./connection/events.js";
import type { Hex, Requests } from "./protocol/types.js";

/** Whom a pending transaction is of; only operators hear of all of them. */
export type PendingOptions = Omit<Requests["chain:pending"], "on">;

/** A transaction that waits for a block, as the chain's node heard of it; amounts in smallest units. */
export interface PendingTransaction {
  chain: number;
  hash: Hex;
  from: Hex;
  /** Null where a contract is made. */
  to: Hex | null;
  value: string;
  nonce: number;
  /** The first four bytes of its data; null without any. */
  selector: Hex | null;
  maxFeePerGas?: string;
  maxPriorityFeePerGas?: string;
  gasPrice?: string;
}

/**
 * Hear of transactions that wait for a block, best effort, over every reconnect, until the returned function is called.
 * One filter a chain: a later one replaces it, here as on the server. @throws ParlourError when it is refused
 */
export async function pending(
  client: Client,
  options: PendingOptions,
  listener: Listener<PendingTransaction>,
): Promise<Off> {
  const { chain } = options;
  await client.request("chain:pending", options);
  const offs = [
    client.onSignal(({ type, body }) => {
      const transaction = body as PendingTransaction;
      if (type === "chain.pending" && transaction.chain === chain) listener(transaction);
    }),
    client.onStatus(({ status }) => {
      if (status === "online") client.request("chain:pending", options).catch(() => undefined); // the next socket asks again
    }),
  ];
  return () => {
    if (offs.length === 0) return;
    for (const off of offs.splice(0)) off();
    client.request("chain:pending", { chain, on: false }).catch(() => undefined); // a lost socket hears of none
  };
}
