import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { ParlourError } from "../protocol/errors.js";
import { guard, reportUncaught } from "../connection/events.js";
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
    doc;
    awareness;
    #gather;
    #inSteps;
    #ownsAwareness;
    #listeners = new Map();
    #offs = [];
    /** Updates of this client that are not posted yet. */
    #waiting = [];
    #timer;
    #cursor;
    /** Posts without an answer. */
    #posted = 0;
    /** Whether something of this client's may be missing on the server, beyond what waits. */
    #hole;
    /** The vector of the last refusal because of a hole, until the hole is filled. */
    #beyond;
    #answered = [];
    /** What is left of a large document, and the entries that came meanwhile. */
    #steps;
    #later = [];
    #synced = false;
    #write = false;
    #saved = true;
    #destroyed = false;
    constructor(room, { doc = new Y.Doc(), awareness, gather = GATHER, inSteps = false } = {}) {
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
        this.#offs.push(room.onJoin((reply) => this.#joined(reply), () => Y.encodeStateVector(doc)), room.onEntry((entry) => this.#heard(entry)), room.onSignal((signal) => this.#seen(signal)), room.status.subscribe((status) => this.#statusChanged(status)));
        if (room.status.get() === "online")
            void room.rejoin({}).catch(() => undefined); // again, now with a vector
    }
    /** Whether everything the server had at the last join is here. */
    get synced() {
        return this.#synced;
    }
    /** Whether this account may edit, as far as is known; show the editor read-only where it may not. */
    get write() {
        return this.#write;
    }
    /** Whether every edit made here is durable on the server. */
    get saved() {
        return this.#saved;
    }
    /** A Y.Map of the document as a plain object that tells its changes. */
    map(name) {
        return new SharedMap(this.doc.getMap(name));
    }
    /** A Y.Array of the document as a plain list that tells its changes. */
    list(name) {
        return new SharedList(this.doc.getArray(name));
    }
    on(name, listener) {
        const listeners = this.#listeners.get(name) ?? new Set();
        this.#listeners.set(name, listeners.add(listener));
        return () => this.off(name, listener);
    }
    off(name, listener) {
        this.#listeners.get(name)?.delete(listener);
    }
    /** Post what was gathered now; resolves once everything posted so far is answered. */
    async flush() {
        this.#post();
        while (this.#posted)
            await new Promise((resolve) => this.#answered.push(resolve));
    }
    /** Stop following the room; the document stays as it is. */
    destroy() {
        if (this.#destroyed)
            return;
        this.#post();
        clearTimeout(this.#cursor);
        this.#destroyed = true;
        this.doc.off("update", this.#edited);
        this.doc.off("destroy", this.#docGone);
        removeAwarenessStates(this.awareness, [this.doc.clientID], "gone");
        this.#sendAwareness();
        this.awareness.off("update", this.#moved);
        if (this.#ownsAwareness)
            this.awareness.destroy();
        for (const off of this.#offs)
            off();
    }
    // ── from here to the server ───────────────────────────────────────────────────────────────────────────────────
    #docGone = () => this.destroy();
    #edited = (update, origin) => {
        if (origin === this || origin === RESTORED)
            return;
        this.#setSaved(false);
        this.#waiting.push(update);
        this.#timer ??= setTimeout(() => this.#post(), this.#gather);
    };
    #post() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        if (!this.#synced || this.#waiting.length === 0)
            return; // a join posts what waits
        const update = this.#waiting.length === 1 ? this.#waiting[0] : Y.mergeUpdates(this.#waiting);
        this.#waiting = [];
        this.#send(update);
    }
    #send(update) {
        for (const body of split(update)) {
            this.#posted += 1;
            this.room.post({ type: UPDATE, body }).then(() => this.#settled(), (error) => this.#settled(error));
        }
    }
    #settled(error) {
        this.#posted -= 1;
        if (error === undefined)
            this.#setWrite(true);
        else if (!this.#destroyed)
            this.#refused(error);
        if (this.#posted === 0 && this.#beyond && !this.#destroyed)
            this.#sendBeyond(this.#beyond);
        if (this.#posted === 0) {
            for (const resolve of this.#answered.splice(0))
                resolve();
            this.#setSaved(!this.#hole && this.#waiting.length === 0);
        }
    }
    #refused(error) {
        const refusal = error instanceof ParlourError ? error : undefined;
        this.#hole = true;
        if (refusal?.reason === "gap") {
            const { vector } = refusal.details;
            this.#beyond = bytesOf(vector); // filled once, when all posts that ran into the hole are answered
            return this.#tell("gap");
        }
        if (refusal && !refusal.retryable) {
            if (refusal.code === "forbidden" || refusal.code === "unauthorized")
                this.#setWrite(false);
            this.#tell("refused", refusal);
        }
    }
    /** Post everything of the document that somebody with this vector lacks. */
    #sendBeyond(vector) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#waiting = [];
        this.#hole = false;
        this.#beyond = undefined;
        const update = Y.encodeStateAsUpdate(this.doc, vector);
        if (update.length > 2)
            this.#send(update);
    }
    // ── from the server to here ───────────────────────────────────────────────────────────────────────────────────
    #joined(reply) {
        const state = reply.state;
        if (!state?.update)
            return;
        const update = bytesOf(state.update);
        const complete = () => this.#complete(reply.write ?? false, bytesOf(state.vector));
        this.#steps = undefined;
        if (this.#inSteps && update.length > LARGE)
            return void this.#applyInSteps(slices(update), complete);
        Y.applyUpdate(this.doc, update, this);
        complete();
    }
    async #applyInSteps(steps, complete) {
        this.#steps = steps;
        this.#later = [];
        for (const step of steps) {
            Y.applyUpdate(this.doc, step, this);
            await turn();
            if (this.#steps !== steps || this.#destroyed)
                return;
        }
        this.#steps = undefined;
        complete();
        for (const entry of this.#later.splice(0))
            this.#heard(entry);
    }
    /** The document is here up to the server's vector: tell it, and post what the server lacks. */
    #complete(write, vector) {
        this.#setWrite(write);
        this.#setSynced(true);
        if (this.#write && (this.#hole || this.#waiting.length))
            this.#sendBeyond(vector);
        this.#setSaved(this.#posted === 0 && !this.#hole);
        if (this.awareness.getLocalState() !== null)
            this.#sendAwareness();
    }
    #heard(entry) {
        if (entry.type !== UPDATE || !entry.body)
            return;
        if (this.#steps)
            return void this.#later.push(entry);
        const mine = entry.author === "" && this.restoring > 0;
        Y.applyUpdate(this.doc, bytesOf(entry.body), mine ? RESTORED : this);
    }
    #seen({ type, body }) {
        if (type === AWARENESS)
            applyAwarenessUpdate(this.awareness, bytesOf(body), this);
    }
    #moved = ({ added, updated, removed }, origin) => {
        if (origin === this || ![...added, ...updated, ...removed].includes(this.doc.clientID))
            return;
        this.#cursor ??= setTimeout(() => this.#sendAwareness(), this.#gather);
    };
    #sendAwareness() {
        clearTimeout(this.#cursor);
        this.#cursor = undefined;
        if (!this.#synced || !this.#write)
            return;
        const body = encodeAwarenessUpdate(this.awareness, [this.doc.clientID]);
        void this.room.signal({ type: AWARENESS, body });
    }
    #statusChanged(status) {
        if (status !== "online") {
            this.#steps = undefined; // the next join brings what is left
            this.#setSynced(false);
            const others = [...this.awareness.getStates().keys()].filter((client) => client !== this.doc.clientID);
            removeAwarenessStates(this.awareness, others, this);
            for (const client of others)
                this.awareness.meta.delete(client); // else their unchanged states are not taken again
        }
        this.#tell("status", { status });
    }
    // ── what is told ──────────────────────────────────────────────────────────────────────────────────────────────
    #setSynced(synced) {
        if (this.#synced === synced)
            return;
        this.#synced = synced;
        this.#tell("synced", synced);
    }
    #setWrite(write) {
        if (this.#write === write)
            return;
        this.#write = write;
        this.#tell("write", write);
    }
    #setSaved(saved) {
        if (this.#saved === saved)
            return;
        this.#saved = saved;
        this.#tell("saved", saved);
    }
    #tell(name, ...args) {
        for (const listener of [...(this.#listeners.get(name) ?? [])])
            void guard(() => listener(...args), undefined, reportUncaught);
    }
}
