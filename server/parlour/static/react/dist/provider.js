import { createContext, createElement, Suspense, useContext, useEffect, useMemo, useRef, useSyncExternalStore, } from "react";
import { makeDoor } from "./door.js";
import { all, needed, useStore } from "./store.js";
const Context = createContext(null);
/** Gives everything inside one client, which connects at its first use; signing in or out replaces it. */
export function ParlourProvider({ wallet, fallback, children, ...options }) {
    const latest = useRef({ ...options, wallet });
    latest.current = { ...options, wallet };
    const { client: given, url, path, namespace, signer, token } = options;
    const fixedToken = typeof token === "function" ? null : token;
    const door = useMemo(() => {
        // The application may write this function anew for each rendering: the newest is called.
        const asks = () => latest.current.token();
        return makeDoor({ ...latest.current, ...(fixedToken === null && { token: asks }) });
    }, [given, url, path, namespace, signer, fixedToken]);
    const client = useSyncExternalStore(door.subscribe, door.get, door.get);
    useEffect(() => door.open(), [door]);
    useEffect(() => (wallet && door.session ? door.session.follow(wallet) : undefined), [door, wallet]);
    const value = useMemo(() => ({ door, client, wallet: () => latest.current.wallet }), [door, client]);
    // What suspends on its first rendering loses its state up to the next boundary: the door has to be above one.
    return createElement(Context.Provider, { value }, createElement(Suspense, { fallback }, children));
}
/** Return the client of the provider around. @throws Error outside of one */
export function useClient() {
    return useParlour().client;
}
/** Return who this is to the server, empty for a guest; undefined before the server has said. */
export function useAccount() {
    return useStore(useClient().me, accountOf, null);
}
function accountOf(me) {
    return me?.account;
}
/** Return the session and how to begin and end it. @throws Error where the application gives the token itself */
export function useSession() {
    const { door, wallet } = useParlour();
    const manager = needed(door.session, "ParlourProvider without a token");
    const session = useStore(manager.session, all, null);
    return useMemo(() => {
        const signIn = (options) => {
            const provider = wallet();
            return manager.signIn({ ...(provider && { provider }), ...options });
        };
        return { session, signIn, signOut: () => manager.signOut() };
    }, [manager, session, wallet]);
}
function useParlour() {
    return needed(useContext(Context), "ParlourProvider");
}
