import { type Client, type ConnectOptions } from "@parlour/client";
import type { SessionManager, Store } from "@parlour/client";
export interface DoorOptions extends ConnectOptions {
    /** A client that the application made, and closes itself; the other options are not used then. */
    client?: Client;
}
/** The client of a provider, another one after signing in or out. */
export interface Door extends Store<Client> {
    /** Null where the application gives the token. */
    session: SessionManager | null;
    /** Follow the session until the returned function is called; a moment later the client is closed. */
    open: () => () => void;
}
/** Make the door of a provider, without opening anything: its client is a guest, or the account of the session. */
export declare function makeDoor({ client: given, ...options }: DoorOptions): Door;
