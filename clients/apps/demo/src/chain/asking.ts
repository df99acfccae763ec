/** What the page asks of the wallet that signed in: with an end to its patience, and on the chain that is meant. */
import { ParlourError, requestWallet, type Provider } from "@parlour/client";
import { dev } from "../account/dev.js";
import { provider } from "../account/session.js";

/** Seconds that a person may take in the wallet; one that never answers must not leave the page's buttons off. */
const WALLET_PATIENCE = 120;

/** Ask a wallet, for as long as a person may take. @throws ParlourError */
export async function ask<Answer>(wallet: Provider, method: string, params?: unknown[]): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const silent = (): void =>
      reject(chainError("pending", "Your wallet has not answered. Look into it, or try again."));
    timer = setTimeout(silent, WALLET_PATIENCE * 1_000);
  });
  try {
    return await Promise.race([requestWallet<Answer>(wallet, method, params), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Switch the wallet to a chain (EIP-3326); add the dev chain first where the wallet does not know it (EIP-3085). */
export async function useChain(wallet: Provider, chain: number): Promise<void> {
  const chainId = `0x${chain.toString(16)}`;
  if (Number(await ask<string>(wallet, "eth_chainId")) === chain) return;
  try {
    await ask(wallet, "wallet_switchEthereumChain", [{ chainId }]);
  } catch (error) {
    const rpc = dev.value?.chain?.rpc;
    if (!(error instanceof ParlourError) || error.reason !== "chain_unknown" || !rpc) throw error;
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    await ask(wallet, "wallet_addEthereumChain", [
      { chainId, chainName: "Parlour dev chain", nativeCurrency, rpcUrls: [new URL(rpc, location.href).href] },
    ]);
  }
}

/** What went wrong with a wallet or its chain; trying again may help. */
export function chainError(reason: string, message: string): ParlourError {
  return new ParlourError({ code: "wallet", reason, message, retryable: true });
}

/** The wallet of the session. @throws ParlourError without one */
export function openWallet(): Provider {
  if (provider.value) return provider.value;
  throw chainError("disconnected", "Sign in with a wallet first.");
}
