import type { Account, Entry } from "../protocol/types.js";
/** A chat message as a page shows it: its latest text, what became of it, who answered how. */
export interface Message {
    seq: number;
    id: string;
    author: Account;
    at: number;
    /** The latest; empty where it was deleted. */
    text: string;
    /** The message it answers, by its seq. */
    replyTo: number | null;
    /** The message in whose thread it is, by its seq. */
    thread: number | null;
    edited: boolean;
    deleted: boolean;
    pinned: boolean;
    /** Emoji to the accounts that chose it, in the order they did. What looks alike (❤ and ❤️) is one, as first spelled. */
    reactions: ReadonlyMap<string, readonly Account[]>;
}
/** Return the seqs that a chain reorganisation made void: reverted events and what rested on them. */
export declare function deadSeqs(entries: readonly Entry[]): Set<number>;
/** Fold a room's entries into its messages, ascending: edits, deletions, reactions and pins are later entries. */
export declare function foldMessages(entries: readonly Entry[]): Message[];
/**
 * Folds a room's latest entries into messages as entries come. It reads only the new ones, and a message that did not
 * change is the same object as before.
 */
export declare class Conversation {
    #private;
    /** Return the messages of `entries`, the kept end of one log. */
    fold(entries: readonly Entry[]): readonly Message[];
}
/** Leave out the presentation selectors (UTS 51): two emoji that look alike are equal then. */
export declare function emojiForm(emoji: string): string;
