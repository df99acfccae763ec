import * as Y from "yjs";
import type { Version } from "../protocol/types.js";
import type { Room } from "../rooms/room.js";
/**
 * The origin of the update by which this page went back to a version. An undo manager that tracks it undoes that too:
 * `new Y.UndoManager(text, { trackedOrigins: new Set([RESTORED]) })`.
 */
export declare const RESTORED: unique symbol;
/** Keeps, reads and restores versions of a room's document. */
export declare abstract class Versions {
    readonly room: Room;
    /** Restores of this page without an answer; their updates come before it. */
    protected restoring: number;
    constructor(room: Room);
    /** Resolve once everything edited so far is answered. */
    abstract flush(): Promise<void>;
    /** Name the document as it is on the server; returns the version. @throws ParlourError */
    keepVersion(title: string): Promise<number>;
    /** Return a page of versions, the newest first. @throws ParlourError */
    versions(options?: {
        cursor?: string;
    }): Promise<{
        versions: Version[];
        cursor: string | null;
    }>;
    /** Return a version, or what the server has now, as a document of its own. @throws ParlourError */
    read(version?: number): Promise<Y.Doc>;
    /** Make the document read as it did in a version, by one more edit; returns its seq. @throws ParlourError */
    restore(version: number): Promise<number>;
}
/** Return bytes as Yjs takes them: attachments are ArrayBuffers in browsers, bodies inside JSON are `{b64}`. */
export declare function bytesOf(body: unknown): Uint8Array;
