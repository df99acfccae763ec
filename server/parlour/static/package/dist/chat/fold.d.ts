import type { Entry } from "../protocol/types.js";
import { type Message } from "./message.js";
/** Return the seqs that a chain reorganisation made void: reverted events and what rested on them. */
export declare function deadSeqs(entries: readonly Entry[]): Set<number>;
/** Fold a room's entries into its messages, ascending: edits, deletions, reactions and pins are later entries. */
export declare function foldMessages(entries: readonly Entry[]): Message[];
/**
 * Folds a room's latest entries into messages as entries come. It folds only the new ones, and a message that did not
 * change is the same object as before.
 */
export declare class Conversation {
    #private;
    /** Return the messages of `entries`, the kept end of one log. */
    fold(entries: readonly Entry[]): readonly Message[];
}
/** Leave out the presentation selectors (UTS 51): two emoji that look alike are equal then. */
export declare function emojiForm(emoji: string): string;
