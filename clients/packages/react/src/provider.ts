import {
  createContext,
  createElement,
  Suspense,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
  type ReactNode,
} from "react";
import type { Account, Client, Provider, Session, SessionManager, Welcome } from "@parlour/client";
import { makeDoor, type Door, type DoorOptions } from "./door.js";
import { all, needed, useStore } from "./store.js";

export interface ParlourProviderProps extends DoorOptions {
  /** The wallet that `useSession().signIn()` signs in with: any EIP-1193 provider, or one of `@parlour/client/wallet`. */
  wallet?: Provider | undefined;
  /** Shown while something inside suspends without a boundary of its own. */
  fallback?: ReactNode;
  children?: ReactNode;
}

interface Parlour {
  door: Door;
  client: Client;
  wallet: () => Provider | undefined;
}

const Context = createContext<Parlour | null>(null);

/** Gives everything inside one client, which connects at its first use; signing in or out replaces it. */
export function ParlourProvider({ wallet, fallback, children, ...options }: ParlourProviderProps): ReactNode {
  const latest = useRef({ ...options, wallet });
  latest.current = { ...options, wallet };
  const { client: given, url, path, namespace, signer, token } = options;
  const fixedToken = typeof token === "function" ? null : token;
  const door = useMemo(() => {
    // The application may write this function anew for each rendering: the newest is called.
    const asks = (): unknown => (latest.current.token as () => unknown)();
    return makeDoor({ ...latest.current, ...(fixedToken === null && { token: asks as () => undefined }) });
  }, [given, url, path, namespace, signer, fixedToken]);
  const client = useSyncExternalStore(door.subscribe, door.get, door.get);
  useEffect(() => door.open(), [door]);
  useEffect(() => (wallet && door.session ? door.session.follow(wallet) : undefined), [door, wallet]);
  const value = useMemo(() => ({ door, client, wallet: () => latest.current.wallet }), [door, client]);
  // What suspends on its first rendering loses its state up to the next boundary: the door has to be above one.
  return createElement(Context.Provider, { value }, createElement(Suspense, { fallback }, children));
}

/** Return the client of the provider around. @throws Error outside of one */
export function useClient(): Client {
  return useParlour().client;
}

/** Return who this is to the server, empty for a guest; undefined before the server has said. */
export function useAccount(): Account | undefined {
  return useStore(useClient().me, accountOf, null);
}

function accountOf(me: Welcome | null): Account | undefined {
  return me?.account;
}

export interface SessionState {
  /** Null while nobody is signed in. */
  session: Session | null;
  /** Sign in with the provider's wallet, or with another `provider`. @throws ParlourError */
  signIn: SessionManager["signIn"];
  /** End the session, here and on the server. @throws ParlourError */
  signOut: SessionManager["signOut"];
}

/** Return the session and how to begin and end it. @throws Error where the application gives the token itself */
export function useSession(): SessionState {
  const { door, wallet } = useParlour();
  const manager = needed(door.session, "ParlourProvider without a token");
  const session = useStore(manager.session, all, null);
  return useMemo(() => {
    const signIn: SessionManager["signIn"] = (options) => {
      const provider = wallet();
      return manager.signIn({ ...(provider && { provider }), ...options });
    };
    return { session, signIn, signOut: () => manager.signOut() };
  }, [manager, session, wallet]);
}

function useParlour(): Parlour {
  return needed(useContext(Context), "ParlourProvider");
}
