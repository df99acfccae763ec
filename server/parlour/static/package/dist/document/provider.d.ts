import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { Room } from "../rooms/room.js";
import type { DocumentEvents, DocumentOptions } from "./options.js";
import { SharedList, SharedMap } from "./shared.js";
import { Versions } from "./versions.js";
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
