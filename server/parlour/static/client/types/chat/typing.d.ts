import type { ErrorHook } from "../connection/events.js";
import type { Account } from "../protocol/types.js";
import { Cell } from "../store/store.js";
/** Who is typing in a room, by the signals `typing`; a message of theirs ends it at once. */
export declare class Typing {
    #private;
    readonly accounts: Cell<readonly Account[]>;
    constructor(onError: ErrorHook);
    /** Whether a signal is due; counts it as sent. */
    signalDue(): boolean;
    /** My message is sent: the next key is news again. */
    sent(): void;
    started(account: Account): void;
    stopped(account: Account): void;
    clear(): void;
}
