import type { ErrorHook } from "../connection/events.js";
import type { Account } from "../protocol/types.js";
import { Cell } from "../store/store.js";
/** Keeps who is typing in a room, by `typing` signals; a message of theirs ends it at once. */
export declare class Typing {
    #private;
    readonly accounts: Cell<readonly Account[]>;
    constructor(onError: ErrorHook);
    /** Return whether a signal is due, and count it as sent. */
    signalDue(): boolean;
    /** Make the next key send a signal again: my message is sent. */
    sent(): void;
    started(account: Account): void;
    stopped(account: Account): void;
    clear(): void;
}
