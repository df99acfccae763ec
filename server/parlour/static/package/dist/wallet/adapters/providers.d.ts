import type { Provider } from "../eip6963.js";
/** What is asked of a viem `WalletClient`. */
export interface ViemWallet {
    account?: {
        address: string;
        type?: string;
    } | undefined;
    chain?: {
        id: number;
    } | undefined;
    getAddresses(): Promise<readonly string[]>;
    getChainId(): Promise<number>;
    signMessage(message: never): Promise<string>;
    request(request: never): Promise<unknown>;
}
/** What is asked of an ethers v6 `Signer`. */
export interface EthersSigner {
    provider: {
        getNetwork(): Promise<{
            chainId: bigint;
        }>;
    } | null;
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
    connections: ReadonlyMap<string, {
        accounts: readonly string[];
        chainId: number;
        connector: WagmiConnector;
    }>;
}
interface WagmiConnector {
    getProvider(): Promise<unknown>;
}
/** Return a viem `WalletClient`, with an account of its own or of a wallet, as a provider. */
export declare function fromViem(wallet: ViemWallet): Provider;
/** Return an ethers v6 `Signer` as a provider. */
export declare function fromEthers(signer: EthersSigner): Provider;
/** Return the connected wallet of a wagmi `Config` as a provider, which tells when its account or chain changes. */
export declare function fromWagmi(config: WagmiConfig): Provider;
export {};
