/** What a development server alone offers: wallets with public keys, a chain, a contract to stake with. */
import { signal } from "@preact/signals";
import { base } from "../shell/base.js";

/** The answer of GET /api/dev. */
export interface DevInfo {
  dev: true;
  wallets: { name: string; address: string; key: string }[];
  chain: { chainId: number; rpc: string | null } | null;
  stake: { address: string } | null;
  rooms: string[];
}

/** Null on every other server. */
export const dev = signal<DevInfo | null>(null);

/** Ask the server whether it is one for development. */
export async function loadDev(): Promise<void> {
  const answer = await fetch(`${base}/api/dev`).catch(() => null);
  if (answer?.ok) dev.value = (await answer.json()) as DevInfo;
}

/** Send JSON-RPC to the dev chain through this page's own server. @throws Error with the chain's `code`. */
export async function callChain(method: string, params: readonly unknown[]): Promise<unknown> {
  const answer = await fetch(`${base}/api/dev/rpc`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const reply = (await answer.json()) as { result?: unknown; error?: { code: number | string; message: string } };
  if (reply.error) throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
  return reply.result;
}
