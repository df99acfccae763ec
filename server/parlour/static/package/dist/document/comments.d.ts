import * as Y from "yjs";
import { type Listener, type Off } from "../connection/events.js";
import type { Account, Anchor, PostReceipt } from "../protocol/types.js";
import type { Room } from "../rooms/room.js";
import type { Store } from "../store/store.js";
/** One message of a comment's thread. */
export interface Remark {
    seq: number;
    author: Account;
    at: number;
    /** The latest; empty where it was deleted. */
    text: string;
    deleted: boolean;
}
/** A thread on a place in the document. */
export interface Comment extends Remark {
    anchor: Anchor;
    resolved: boolean;
    replies: readonly Remark[];
}
/** A stretch of a root, in UTF-16 units. */
export interface Place {
    from: number;
    to: number;
}
/** The comments on a room's document, in the order they were written; `load` brings those from before the join. */
export declare class Comments implements Store<readonly Comment[]> {
    #private;
    constructor(room: Room, doc: Y.Doc);
    readonly get: () => readonly Comment[];
    readonly subscribe: (listener: Listener<readonly Comment[]>) => Off;
    /** Read the comments that are there already. @throws ParlourError */
    load(): Promise<void>;
    /** Comment on a stretch of a root. @throws ParlourError */
    add(root: string, { from, to }: Place, text: string): Promise<PostReceipt>;
    /** Answer a comment. @throws ParlourError */
    answer(comment: number, text: string): Promise<PostReceipt>;
    /** Mark a comment as dealt with, or open it again. @throws ParlourError */
    resolve(comment: number, on?: boolean): Promise<PostReceipt>;
    /** Return where a comment stands now; null where the text it was on is gone. */
    placeOf({ anchor: { root, from, to } }: Comment): Place | null;
    /** Listen no more. */
    close(): void;
}
