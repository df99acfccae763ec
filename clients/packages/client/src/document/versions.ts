import * as Y from "yjs";
import { randomId } from "../connection/ids.js";
import type { DocSeqReply, Version } from "../protocol/types.js";
import type { Room } from "../rooms/room.js";

/**
 * The origin of the update by which this page went back to a version. An undo manager that tracks it undoes that too:
 * `new Y.UndoManager(text, { trackedOrigins: new Set([RESTORED]) })`.
 */
export const RESTORED = Symbol("restored");

/** Keeps, reads and restores versions of a room's document. */
export abstract class Versions {
  readonly room: Room;
  /** Restores of this page without an answer; their updates come before it. */
  protected restoring = 0;

  constructor(room: Room) {
    this.room = room;
  }

  /** Resolve once everything edited so far is answered. */
  abstract flush(): Promise<void>;

  /** Name the document as it is on the server; returns the version. @throws ParlourError */
  async keepVersion(title: string): Promise<number> {
    await this.flush();
    return (await this.room.request<DocSeqReply>("doc:version", { id: randomId(), title })).seq;
  }

  /** Return a page of versions, the newest first. @throws ParlourError */
  versions(options: { cursor?: string } = {}): Promise<{ versions: Version[]; cursor: string | null }> {
    return this.room.request("doc:versions", options);
  }

  /** Return a version, or what the server has now, as a document of its own. @throws ParlourError */
  async read(version?: number): Promise<Y.Doc> {
    const asked = { as: "update", ...(version !== undefined && { version }) };
    const { update } = await this.room.request<{ update: ArrayBuffer }>("doc:read", asked);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, bytesOf(update));
    return doc;
  }

  /** Make the document read as it did in a version, by one more edit; returns its seq. @throws ParlourError */
  async restore(version: number): Promise<number> {
    await this.flush();
    this.restoring += 1;
    try {
      return (await this.room.request<DocSeqReply>("doc:restore", { id: randomId(), version })).seq;
    } finally {
      this.restoring -= 1;
    }
  }
}

/** Return bytes as Yjs takes them: attachments are ArrayBuffers in browsers, bodies inside JSON are `{b64}`. */
export function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  const { b64 } = body as { b64: string };
  return Uint8Array.from(atob(b64), (char) => char.charCodeAt(0));
}
