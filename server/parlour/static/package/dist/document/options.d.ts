import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import type { ParlourError } from "../protocol/errors.js";
import type { RoomStatus } from "../rooms/joining.js";
export interface DocumentOptions {
    /** The document to keep in step; a new one by default. */
    doc?: Y.Doc;
    /** Who is where; a new one by default. */
    awareness?: Awareness;
    /** Milliseconds for which edits are gathered into one post. */
    gather?: number;
    /**
     * Apply a large document in steps, between which the page answers. `doc` is incomplete until `synced`: editors with
     * a schema of their own (ProseMirror, TipTap, BlockNote), which mend what they find, are made after that.
     */
    inSteps?: boolean;
}
/** What `on` tells. */
export interface DocumentEvents {
    /** The room's status, when it changes. */
    status: (event: {
        status: RoomStatus;
    }) => void;
    /** Whether everything the server had at the last join is here. */
    synced: (synced: boolean) => void;
    /** A refused or lost post left a hole, which is being filled. */
    gap: () => void;
    /** Whether this account may edit now. */
    write: (write: boolean) => void;
    /** An edit was refused for good; it stays here and is not on the server. */
    refused: (error: ParlourError) => void;
    /** Whether every edit made here is durable on the server. */
    saved: (saved: boolean) => void;
}
