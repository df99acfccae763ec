/** Signs the playground in as somebody, in a session of its own: who looks at the console stays who they are. */
import { signIn } from "@parlour/client";
import { base } from "../data/api.js";

export interface DevWallet {
  name: string;
  address: string;
  key: string;
}

/** The wallets of `parlour dev`; none on any other server. */
export async function devWallets(): Promise<DevWallet[]> {
  const answer = await fetch(`${base}/api/dev`).catch(() => null);
  return answer?.ok ? ((await answer.json()) as { wallets: DevWallet[] }).wallets : [];
}

/** Sign in with a wallet whose key is public. Returns the token. @throws ParlourError */
export async function signInAs({ address, key }: DevWallet): Promise<string> {
  const { createDevWallet } = await import("@parlour/ui/dev-wallet");
  const callChain = async (): Promise<never> => Promise.reject(new Error("The playground asks no chain."));
  const provider = createDevWallet({ address, key, chainId: 1, callChain });
  return (await signIn({ url: base, provider, storage: null })).token;
}
