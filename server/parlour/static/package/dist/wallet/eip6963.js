import { areAddresses, checksumAddress } from "./address.js";
import { walletError } from "../protocol/errors.js";
import { Listeners, reportUncaught } from "../connection/events.js";
/** Ask a wallet. Whatever it throws becomes a ParlourError with code `wallet`. */
export async function requestWallet(provider, method, params) {
    try {
        return (await provider.request(params ? { method, params } : { method }));
    }
    catch (error) {
        throw walletError(error);
    }
}
/**
 * Find the wallets of this browser (EIP-6963), the ones that announce themselves later too.
 * A lone `window.ethereum` is offered where nothing has announced itself within `fallbackAfter` milliseconds.
 */
export function discoverWallets(options) {
    if (typeof window === "undefined")
        return () => undefined; // rendered on a server: there are no wallets
    const found = new Map();
    const listeners = new Listeners(reportUncaught);
    listeners.add(options.onWallets);
    const add = (wallet) => {
        if (found.has(wallet.info.uuid))
            return;
        found.set(wallet.info.uuid, wallet);
        listeners.notify([...found.values()]);
    };
    const onAnnounce = (event) => add(event.detail);
    window.addEventListener("eip6963:announceProvider", onAnnounce);
    window.dispatchEvent(new Event("eip6963:requestProvider"));
    const timer = setTimeout(() => {
        const { ethereum } = window;
        if (found.size === 0 && ethereum)
            add({ info: { uuid: "injected", name: "Browser wallet", icon: "", rdns: "" }, provider: ethereum });
    }, options.fallbackAfter ?? 300);
    return () => {
        clearTimeout(timer);
        window.removeEventListener("eip6963:announceProvider", onAnnounce);
    };
}
/**
 * Hear when the wallet is on another account, or on none (null): time to sign out. A wallet that lost its chain
 * (EIP-1193 `disconnect`) is still on its account, so that is not heard.
 */
export function watchAccount(options) {
    const { provider, onChange } = options;
    const onAccounts = (accounts) => {
        if (areAddresses(accounts))
            onChange(accounts[0] ? checksumAddress(accounts[0]) : null);
    };
    provider.on?.("accountsChanged", onAccounts);
    return () => void provider.removeListener?.("accountsChanged", onAccounts);
}
