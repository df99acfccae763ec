import type { Provider } from "../eip6963.js";

type Ask = (params: readonly unknown[]) => unknown;

/** What is asked of a viem `WalletClient`. */
export interface ViemWallet {
  account?: { address: string; type?: string } | undefined;
  chain?: { id: number } | undefined;
  getAddresses(): Promise<readonly string[]>;
  getChainId(): Promise<number>;
  signMessage(message: never): Promise<string>;
  request(request: never): Promise<unknown>;
}

/** What is asked of an ethers v6 `Signer`. */
export interface EthersSigner {
  provider: { getNetwork(): Promise<{ chainId: bigint }> } | null;
  getAddress(): Promise<string>;
  signMessage(message: Uint8Array): Promise<string>;
}

/** What is asked of a wagmi `Config`, v2 and v3 alike. */
export interface WagmiConfig {
  state: WagmiState;
  subscribe(select: (state: WagmiState) => unknown, listener: () => void): () => void;
}

interface WagmiState {
  current: string | null;
  connections: ReadonlyMap<string, { accounts: readonly string[]; chainId: number; connector: WagmiConnector }>;
}

interface WagmiConnector {
  getProvider(): Promise<unknown>;
}

/** Return a viem `WalletClient`, with an account of its own or of a wallet, as a provider. */
export function fromViem(wallet: ViemWallet): Provider {
  const { account, chain } = wallet;
  const own = account?.address;
  return provider(
    {
      eth_requestAccounts: async () => (own ? [own] : wallet.getAddresses()),
      // A key of its own is on the chain it was given; a wallet is on the one that its user chose.
      eth_chainId: async () => toHex(account?.type === "local" && chain ? chain.id : await wallet.getChainId()),
      personal_sign: ([raw, signer]) => wallet.signMessage({ account: account ?? signer, message: { raw } } as never),
    },
    (request) => wallet.request(request as never),
  );
}

/** Return an ethers v6 `Signer` as a provider. */
export function fromEthers(signer: EthersSigner): Provider {
  return provider({
    eth_requestAccounts: async () => [await signer.getAddress()],
    eth_chainId: async () => toHex((await signer.provider?.getNetwork())?.chainId ?? 1n),
    personal_sign: ([raw]) => signer.signMessage(toBytes(raw as string)),
  });
}

/** Return the connected wallet of a wagmi `Config` as a provider, which tells when its account or chain changes. */
export function fromWagmi(config: WagmiConfig): Provider {
  const connection = (): { accounts: readonly string[]; chainId?: number; connector?: WagmiConnector } =>
    config.state.connections.get(config.state.current ?? "") ?? { accounts: [] };
  const offs = new Map<unknown, () => void>();
  const ask = async (request: object): Promise<unknown> => {
    const wallet = (await connection().connector?.getProvider()) as Provider | undefined;
    if (!wallet) throw Object.assign(new Error("No wallet is connected."), { code: 4900 }); // EIP-1193: disconnected
    return wallet.request(request as { method: string });
  };
  return {
    ...provider({ eth_requestAccounts: async () => connection().accounts }, ask),
    on(event, listener: (value: never) => void) {
      const read = (): unknown => (event === "chainChanged" ? connection().chainId : connection().accounts[0]);
      const tell = (): void =>
        listener((event === "chainChanged" ? toHex(connection().chainId ?? 0) : connection().accounts) as never);
      if (event === "accountsChanged" || event === "chainChanged") offs.set(listener, config.subscribe(read, tell));
    },
    removeListener(_, listener) {
      offs.get(listener)?.();
      offs.delete(listener);
    },
  };
}

function provider(answers: Record<string, Ask>, otherwise?: (request: object) => Promise<unknown>): Provider {
  return {
    async request(request) {
      const answer = answers[request.method];
      if (answer) return answer((request.params ?? []) as unknown[]);
      if (otherwise) return otherwise(request);
      throw Object.assign(new Error(`This wallet does not serve ${request.method}.`), { code: 4200 }); // EIP-1193
    },
  };
}

function toHex(number: number | bigint): string {
  return `0x${number.toString(16)}`;
}

function toBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
