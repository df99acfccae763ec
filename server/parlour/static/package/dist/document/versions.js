import * as Y from "yjs";
import { randomId } from "../connection/ids.js";
/**
 * The origin of the update by which this page went back to a version. An undo manager that tracks it undoes that too:
 * `new Y.UndoManager(text, { trackedOrigins: new Set([RESTORED]) })`.
 */
export const RESTORED = Symbol("restored");
/** Keeps, reads and restores versions of a room's document. */
export class Versions {
    room;
    /** Restores of this page without an answer; their updates come before it. */
    restoring = 0;
    constructor(room) {
        this.room = room;
    }
    /** Name the document as it is on the server; returns the version. @throws ParlourError */
    async keepVersion(title) {
        await this.flush();
        return (await this.room.request("doc:version", { id: randomId(), title })).seq;
    }
    /** Return a page of versions, the newest first. @throws ParlourError */
    versions(options = {}) {
        return this.room.request("doc:versions", options);
    }
    /** Return a version, or what the server has now, as a document of its own. @throws ParlourError */
    async read(version) {
        const asked = { as: "update", ...(version !== undefined && { version }) };
        const { update } = await this.room.request("doc:read", asked);
        const doc = new Y.Doc();
        Y.applyUpdate(doc, bytesOf(update));
        return doc;
    }
    /** Make the document read as it did in a version, by one more edit; returns its seq. @throws ParlourError */
    async restore(version) {
        await this.flush();
        this.restoring += 1;
        try {
            return (await this.room.request("doc:restore", { id: randomId(), version })).seq;
        }
        finally {
            this.restoring -= 1;
        }
    }
}
/** Return bytes as Yjs takes them: attachments are ArrayBuffers in browsers, bodies inside JSON are `{b64}`. */
export function bytesOf(body) {
    if (body instanceof Uint8Array)
        return body;
    if (body instanceof ArrayBuffer)
        return new Uint8Array(body);
    const { b64 } = body;
    return Uint8Array.from(atob(b64), (char) => char.charCodeAt(0));
}
