import type { Session } from "../protocol/types.js";
export type SessionStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;
export interface AuthOptions {
    /** The server's address; default: where this page came from. */
    url?: string;
    /** Where the session outlives a reload; default: sessionStorage, null for nowhere. Tabs with localStorage share it. */
    storage?: SessionStorage | null;
}
export declare function keepSession(options: AuthOptions, session: Session): void;
export declare function forgetSession(options: AuthOptions): void;
/** The kept session; null without one, or where it cannot be read. */
export declare function keptSession(options: AuthOptions): Session | null;
export declare function storageKey({ url }: AuthOptions): string;
/** The storage of this tab; null outside a browser. */
export declare function sessionStorageHere(): SessionStorage | null;
