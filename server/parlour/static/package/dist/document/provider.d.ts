import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { ParlourError } from "../protocol/errors.js";
import type { RoomStatus } from "../rooms/joining.js";
import type { Room } from "../rooms/room.js";
import { SharedList, SharedMap } from "./shared.js";
import { Versions } from "./versions.js";
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
/**
 * Keeps a Yjs document and its awareness in step with a room of kind `document`. Editors take `doc` and `awareness`.
 * The room may be joined or not yet; release it after `destroy`.
 */
export declare class DocumentProvider extends Versions {
    #private;
    readonly doc: Y.Doc;
    readonly awareness: Awareness;
    constructor(room: Room, { doc, awareness, gather, inSteps }?: DocumentOptions);
    /** Whether everything the server had at the last join is here. */
    get synced(): boolean;
    /** Whether this account may edit, as far as is known; show the editor read-only where it may not. */
    get write(): boolean;
    /** Whether every edit made here is durable on the server. */
    get saved(): boolean;
    /** A Y.Map of the document as a plain object that tells its changes. */
    map<Values extends object = Record<string, unknown>>(name: string): SharedMap<Values>;
    /** A Y.Array of the document as a plain list that tells its changes. */
    list<Item = unknown>(name: string): SharedList<Item>;
    on<Name extends keyof DocumentEvents>(name: Name, listener: DocumentEvents[Name]): () => void;
    off<Name extends keyof DocumentEvents>(name: Name, listener: DocumentEvents[Name]): void;
    /** Post what was gathered now; resolves once everything posted so far is answered. */
    flush(): Promise<void>;
    /** Stop following the room; the document stays as it is. */
    destroy(): void;
}
