import type { Account, Entry } from "../protocol/types.js";
/** A chat message as a page shows it: its latest text, what became of it, who answered how. */
export interface Message {
    seq: number;
    id: string;
    author: Account;
    at: number;
    text: string;
    replyTo: number | null;
    edited: boolean;
    deleted: boolean;
    pinned: boolean;
    /** Emoji to the accounts that chose it, in the order they did. */
    reactions: ReadonlyMap<string, readonly Account[]>;
}
/** The seqs a reorg took back: reverted events and what depended on them (`chain.reverted {of, void}`). */
export declare function deadSeqs(entries: readonly Entry[]): Set<number>;
/** Fold a room's entries into its messages, ascending: edits, deletions, reactions and pins are later entries. */
export declare function foldMessages(entries: readonly Entry[]): Message[];
