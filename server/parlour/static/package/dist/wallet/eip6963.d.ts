import { type Off } from "../connection/events.js";
/** EIP-1193, the part this SDK uses. */
export interface Provider {
    request(request: {
        method: string;
        params?: readonly unknown[] | object;
    }): Promise<unknown>;
    on?(event: string, listener: (...values: never[]) => void): unknown;
    removeListener?(event: string, listener: (...values: never[]) => void): unknown;
}
/** EIP-6963: what a wallet says about itself. `icon` is a data URI. */
export interface Wallet {
    info: {
        uuid: string;
        name: string;
        icon: string;
        rdns: string;
    };
    provider: Provider;
}
/** Ask a wallet. Whatever it throws becomes a ParlourError with code `wallet`. */
export declare function requestWallet<Result>(provider: Provider, method: string, params?: readonly unknown[]): Promise<Result>;
/**
 * Find the wallets of this browser (EIP-6963), the ones that announce themselves later too.
 * A lone `window.ethereum` is offered where nothing has announced itself within `fallbackAfter` milliseconds.
 */
export declare function discoverWallets(options: {
    onWallets: (wallets: Wallet[]) => void;
    fallbackAfter?: number;
}): Off;
/**
 * Hear when the wallet is on another account, or on none (null): time to sign out. A wallet that lost its chain
 * (EIP-1193 `disconnect`) is still on its account, so that is not heard.
 */
export declare function watchAccount(options: {
    provider: Provider;
    onChange: (address: string | null) => void;
}): Off;
