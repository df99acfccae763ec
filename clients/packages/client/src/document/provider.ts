import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { ParlourError } from "../protocol/errors.js";
import type { Answer, Entry, Signal } from "../protocol/types.js";
import type { RoomStatus } from "../rooms/joining.js";
import { guard, reportUncaught } from "../connection/events.js";
import type { Room } from "../rooms/room.js";
import type { DocumentEvents, DocumentOptions } from "./options.js";
import { SharedList, SharedMap } from "./shared.js";
import { slices, turn } from "./slicing.js";
import { split } from "./splitting.js";
import { bytesOf, RESTORED, Versions } from "./versions.js";

const UPDATE = "doc.update";
const AWARENESS = "doc.awareness";
/** Milliseconds for which edits are gathered: nobody sees the difference, and fifty typists are a few hundred posts. */
const GATHER = 40;
/** Bytes from which a document is applied in steps: less takes Yjs some milliseconds. */
const LARGE = 512 * 1024;

/**
 * Keeps a Yjs document and its awareness in step with a room of kind `document`. Editors take `doc` and `awareness`.
 * The room may be joined or not yet; release it after `destroy`.
 */
export class DocumentProvider extends Versions {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly #gather: number;
  readonly #inSteps: boolean;
  readonly #ownsAwareness: boolean;
  readonly #listeners = new Map<keyof DocumentEvents, Set<(...args: never[]) => void>>();
  readonly #offs: (() => void)[] = [];
  /** Updates of this client that are not posted yet. */
  #waiting: Uint8Array[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cursor: ReturnType<typeof setTimeout> | undefined;
  /** Posts without an answer. */
  #posted = 0;
  /** Whether something of this client's may be missing on the server, beyond what waits. */
  #hole: boolean;
  /** The vector of the last refusal because of a hole, until the hole is filled. */
  #beyond: Uint8Array | undefined;
  readonly #answered: (() => void)[] = [];
  /** What is left of a large document, and the entries that came meanwhile. */
  #steps: Iterable<Uint8Array> | undefined;
  #later: Entry[] = [];
  #synced = false;
  #write = false;
  #saved = true;
  #destroyed = false;

  constructor(room: Room, { doc = new Y.Doc(), awareness, gather = GATHER, inSteps = false }: DocumentOptions = {}) {
    super(room);
    this.doc = doc;
    this.awareness = awareness ?? new Awareness(doc);
    this.#ownsAwareness = awareness === undefined;
    this.#gather = gather;
    this.#inSteps = inSteps;
    this.#hole = doc.store.clients.size > 0;
    doc.on("update", this.#edited);
    doc.on("destroy", this.#docGone);
    this.awareness.on("update", this.#moved);
    this.#offs.push(
      room.onJoin(
        (reply) => this.#joined(reply),
        () => Y.encodeStateVector(doc),
      ),
      room.onEntry((entry) => this.#heard(entry)),
      room.onSignal((signal) => this.#seen(signal)),
      room.status.subscribe((status) => this.#statusChanged(status)),
    );
    if (room.status.get() === "online") void room.rejoin({}).catch(() => undefined); // again, now with a vector
  }

  /** Whether everything the server had at the last join is here. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether this account may edit, as far as is known; show the editor read-only where it may not. */
  get write(): boolean {
    return this.#write;
  }

  /** Whether every edit made here is durable on the server. */
  get saved(): boolean {
    return this.#saved;
  }

  /** A Y.Map of the document as a plain object that tells its changes. */
  map<Values extends object = Record<string, unknown>>(name: string): SharedMap<Values> {
    return new SharedMap<Values>(this.doc.getMap(name));
  }

  /** A Y.Array of the document as a plain list that tells its changes. */
  list<Item = unknown>(name: string): SharedList<Item> {
    return new SharedList<Item>(this.doc.getArray(name));
  }

  on<Name extends keyof DocumentEvents>(name: Name, listener: DocumentEvents[Name]): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => this.off(name, listener);
  }

  off<Name extends keyof DocumentEvents>(name: Name, listener: DocumentEvents[Name]): void {
    this.#listeners.get(name)?.delete(listener);
  }

  /** Post what was gathered now; resolves once everything posted so far is answered. */
  async flush(): Promise<void> {
    this.#post();
    while (this.#posted) await new Promise<void>((resolve) => this.#answered.push(resolve));
  }

  /** Stop following the room; the document stays as it is. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#post();
    clearTimeout(this.#cursor);
    this.#destroyed = true;
    this.doc.off("update", this.#edited);
    this.doc.off("destroy", this.#docGone);
    removeAwarenessStates(this.awareness, [this.doc.clientID], "gone");
    this.#sendAwareness();
    this.awareness.off("update", this.#moved);
    if (this.#ownsAwareness) this.awareness.destroy();
    for (const off of this.#offs) off();
  }

  // ── from here to the server ───────────────────────────────────────────────────────────────────────────────────

  readonly #docGone = (): void => this.destroy();

  readonly #edited = (update: Uint8Array, origin: unknown): void => {
    if (origin === this || origin === RESTORED) return;
    this.#setSaved(false);
    this.#waiting.push(update);
    this.#timer ??= setTimeout(() => this.#post(), this.#gather);
  };

  #post(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#synced || this.#waiting.length === 0) return; // a join posts what waits
    const update = this.#waiting.length === 1 ? this.#waiting[0]! : Y.mergeUpdates(this.#waiting);
    this.#waiting = [];
    this.#send(update);
  }

  #send(update: Uint8Array): void {
    for (const body of split(update)) {
      this.#posted += 1;
      this.room.post({ type: UPDATE, body }).then(
        () => this.#settled(),
        (error: unknown) => this.#settled(error),
      );
    }
  }

  #settled(error?: unknown): void {
    this.#posted -= 1;
    if (error === undefined) this.#setWrite(true);
    else if (!this.#destroyed) this.#refused(error);
    if (this.#posted === 0 && this.#beyond && !this.#destroyed) this.#sendBeyond(this.#beyond);
    if (this.#posted === 0) {
      for (const resolve of this.#answered.splice(0)) resolve();
      this.#setSaved(!this.#hole && this.#waiting.length === 0);
    }
  }

  #refused(error: unknown): void {
    const refusal = error instanceof ParlourError ? error : undefined;
    this.#hole = true;
    if (refusal?.reason === "gap") {
      const { vector } = refusal.details as { vector: { b64: string } };
      this.#beyond = bytesOf(vector); // filled once, when all posts that ran into the hole are answered
      return this.#tell("gap");
    }
    if (refusal && !refusal.retryable) {
      if (refusal.code === "forbidden" || refusal.code === "unauthorized") this.#setWrite(false);
      this.#tell("refused", refusal);
    }
  }

  /** Post everything of the document that somebody with this vector lacks. */
  #sendBeyond(vector: Uint8Array): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#hole = false;
    this.#beyond = undefined;
    const update = Y.encodeStateAsUpdate(this.doc, vector);
    if (update.length > 2) this.#send(update);
  }

  // ── from the server to here ───────────────────────────────────────────────────────────────────────────────────

  #joined(reply: Answer<"room:join">): void {
    const state = reply.state as { update: ArrayBuffer; vector: ArrayBuffer } | undefined;
    if (!state?.update) return;
    const update = bytesOf(state.update);
    const complete = (): void => this.#complete(reply.write ?? false, bytesOf(state.vector));
    this.#steps = undefined;
    if (this.#inSteps && update.length > LARGE) return void this.#applyInSteps(slices(update), complete);
    Y.applyUpdate(this.doc, update, this);
    complete();
  }

  async #applyInSteps(steps: Iterable<Uint8Array>, complete: () => void): Promise<void> {
    this.#steps = steps;
    this.#later = [];
    for (const step of steps) {
      Y.applyUpdate(this.doc, step, this);
      await turn();
      if (this.#steps !== steps || this.#destroyed) return;
    }
    this.#steps = undefined;
    complete();
    for (const entry of this.#later.splice(0)) this.#heard(entry);
  }

  /** The document is here up to the server's vector: tell it, and post what the server lacks. */
  #complete(write: boolean, vector: Uint8Array): void {
    this.#setWrite(write);
    this.#setSynced(true);
    if (this.#write && (this.#hole || this.#waiting.length)) this.#sendBeyond(vector);
    this.#setSaved(this.#posted === 0 && !this.#hole);
    if (this.awareness.getLocalState() !== null) this.#sendAwareness();
  }

  #heard(entry: Entry): void {
    if (entry.type !== UPDATE || !entry.body) return;
    if (this.#steps) return void this.#later.push(entry);
    const mine = entry.author === "" && this.restoring > 0;
    Y.applyUpdate(this.doc, bytesOf(entry.body), mine ? RESTORED : this);
  }

  #seen({ type, body }: Signal): void {
    if (type === AWARENESS) applyAwarenessUpdate(this.awareness, bytesOf(body as ArrayBuffer), this);
  }

  readonly #moved = (
    { added, updated, removed }: { added: number[]; updated: number[]; removed: number[] },
    origin: unknown,
  ): void => {
    if (origin === this || ![...added, ...updated, ...removed].includes(this.doc.clientID)) return;
    this.#cursor ??= setTimeout(() => this.#sendAwareness(), this.#gather);
  };

  #sendAwareness(): void {
    clearTimeout(this.#cursor);
    this.#cursor = undefined;
    if (!this.#synced || !this.#write) return;
    const body = encodeAwarenessUpdate(this.awareness, [this.doc.clientID]);
    void this.room.signal({ type: AWARENESS, body });
  }

  #statusChanged(status: RoomStatus): void {
    if (status !== "online") {
      this.#steps = undefined; // the next join brings what is left
      this.#setSynced(false);
      const others = [...this.awareness.getStates().keys()].filter((client) => client !== this.doc.clientID);
      removeAwarenessStates(this.awareness, others, this);
      for (const client of others) this.awareness.meta.delete(client); // else their unchanged states are not taken again
    }
    this.#tell("status", { status });
  }

  // ── what is told ──────────────────────────────────────────────────────────────────────────────────────────────

  #setSynced(synced: boolean): void {
    if (this.#synced === synced) return;
    this.#synced = synced;
    this.#tell("synced", synced);
  }

  #setWrite(write: boolean): void {
    if (this.#write === write) return;
    this.#write = write;
    this.#tell("write", write);
  }

  #setSaved(saved: boolean): void {
    if (this.#saved === saved) return;
    this.#saved = saved;
    this.#tell("saved", saved);
  }

  #tell<Name extends keyof DocumentEvents>(name: Name, ...args: Parameters<DocumentEvents[Name]>): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])])
      void guard(() => (listener as (...all: typeof args) => void)(...args), undefined, reportUncaught);
  }
}
