/** The wallets a person may sign in with: those this browser has, and the dev server's. */
import { computed, signal } from "@preact/signals";
import { discoverWallets, type Provider, type Wallet } from "@parlour/client";
import { shortAccount } from "@parlour/ui/format";
import { callChain, dev, type DevInfo } from "./dev.js";

export interface WalletChoice {
  id: string;
  name: string;
  hint: string;
  /** A data URL; empty where the wallet has none. */
  icon: string;
  open: () => Promise<Provider>;
}

const injected = signal<WalletChoice[]>([]);

export const wallets = computed<WalletChoice[]>(() => [...injected.value, ...devChoices(dev.value)]);

/** Keep `wallets` equal to what extensions announce (EIP-6963). */
export function findWallets(): void {
  discoverWallets({ onWallets: (found) => (injected.value = found.map(injectedChoice)) });
}

function injectedChoice({ info, provider }: Wallet): WalletChoice {
  const { rdns, uuid, name, icon } = info;
  return { id: rdns || uuid, name, hint: rdns || "In this browser", icon, open: async () => provider };
}

function devChoices(info: DevInfo | null): WalletChoice[] {
  return (info?.wallets ?? []).map(({ name, address, key }) => ({
    id: `dev:${address}`,
    name,
    hint: `Dev wallet · ${shortAccount(address)}`,
    icon: "",
    open: async () => {
      const { createDevWallet } = await import("@parlour/ui/dev-wallet");
      return createDevWallet({ address, key, chainId: info?.chain?.chainId ?? 1, callChain });
    },
  }));
}
