import type { Account, ThreadSummary } from "../protocol/types.js";
interface Reply {
    /** Of the entry from which on it stands: its own, or the one that released it. */
    seq: number;
    at: number;
    author: Account;
}
/** Counts the replies that stand in each thread: those that neither wait for a moderator nor are deleted. */
export declare class Threads {
    #private;
    /** Let a reply stand, from an entry on. */
    add(root: number, of: number, reply: Reply): void;
    remove(root: number, of: number): void;
    /** Return what a thread's root shows; null where no reply stands. */
    summary(root: number): ThreadSummary | null;
    /** Forget the threads whose roots are before a seq. */
    forget(before: number): void;
}
export {};
