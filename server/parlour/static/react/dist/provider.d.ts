import { type ReactNode } from "react";
import type { Account, Client, Provider, Session, SessionManager } from "@parlour/client";
import { type DoorOptions } from "./door.js";
export interface ParlourProviderProps extends DoorOptions {
    /** The wallet that `useSession().signIn()` signs in with: any EIP-1193 provider, or one of `@parlour/client/wallet`. */
    wallet?: Provider | undefined;
    /** Shown while something inside suspends without a boundary of its own. */
    fallback?: ReactNode;
    children?: ReactNode;
}
/** Gives everything inside one client, which connects at its first use; signing in or out replaces it. */
export declare function ParlourProvider({ wallet, fallback, children, ...options }: ParlourProviderProps): ReactNode;
/** Return the client of the provider around. @throws Error outside of one */
export declare function useClient(): Client;
/** Return who this is to the server, empty for a guest; undefined before the server has said. */
export declare function useAccount(): Account | undefined;
export interface SessionState {
    /** Null while nobody is signed in. */
    session: Session | null;
    /** Sign in with the provider's wallet, or with another `provider`. @throws ParlourError */
    signIn: SessionManager["signIn"];
    /** End the session, here and on the server. @throws ParlourError */
    signOut: SessionManager["signOut"];
}
/** Return the session and how to begin and end it. @throws Error where the application gives the token itself */
export declare function useSession(): SessionState;
