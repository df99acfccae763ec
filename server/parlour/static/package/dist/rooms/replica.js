import { Cell } from "../store/store.js";
import { applyPatch } from "./patch.js";
import { presenceAfter } from "./presence.js";
import { applySteps } from "./steps.js";
/** The latest entries that are kept: what a page shows, and enough to fold its reactions and edits. */
export const KEPT_ENTRIES = 2_000;
/** Entries that are fetched after a reconnect; beyond it the room starts afresh, for fetching takes too long. */
export const CLOSED_GAP = 10_000;
/** The edits of a document are not kept as entries: they are thousands, and a document holds what they said. */
const UPDATE = "doc.update";
/** Return the room object before the first join. */
function unknownRoom(id) {
    return {
        id,
        kind: "",
        title: "",
        visibility: "public",
        owner: "",
        createdAt: 0,
        members: 0,
        signed: false,
        options: {},
    };
}
/** Holds what a client knows of one room, and applies answers and events to it. It waits for nothing and sends nothing. */
export class Replica {
    info;
    role = "guest";
    /** Up to where this account has read. */
    read = 0;
    seat = null;
    /** The highest seq this client knows of. */
    head = 0;
    /** The last entry or join's head whose hash is known: what a join asks to go on from. */
    known;
    entries;
    view;
    presence;
    #viewSeq = 0;
    /** Entries kept at most: more after older ones were loaded. */
    #kept = KEPT_ENTRIES;
    constructor(id, onError) {
        this.info = unknownRoom(id);
        this.entries = new Cell([], onError);
        this.view = new Cell(undefined, onError);
        this.presence = new Cell({ v: 0, count: 0 }, onError);
    }
    /** Apply a join's answer. After `gap` the log is unchanged: append what is missing and `reach`, or `startAfresh`. */
    join(reply) {
        const { known } = this;
        this.info = reply.room;
        this.role = reply.role;
        this.seat = reply.seat ?? null;
        this.read = reply.read;
        const joined = this.#joinLog(reply, known);
        if (reply.state !== undefined && reply.state !== null && this.info.kind !== "document")
            this.#adoptView(reply.state, reply.head);
        this.presence.set(reply.presence);
        return joined;
    }
    #joinLog(reply, known) {
        if (known && reply.recovered) {
            const entries = reply.entries.filter((entry) => entry.seq > this.head);
            this.append(entries);
            this.reach(reply);
            return { kind: "complete", entries };
        }
        if (known && reply.epoch === known.epoch && reply.head === known.seq && reply.hash === known.hash) {
            return { kind: "complete", entries: [] };
        }
        const missing = known ? reply.head - known.seq : 0;
        if (known && reply.epoch === known.epoch && missing >= 0 && missing <= CLOSED_GAP)
            return { kind: "gap" };
        this.startAfresh(reply);
        return known ? { kind: "afresh" } : { kind: "complete", entries: [] };
    }
    /** Forget the log as it was, and adopt the latest entries of a join's answer. */
    startAfresh(reply) {
        this.#kept = KEPT_ENTRIES;
        this.head = reply.head;
        this.known = { epoch: reply.epoch, seq: reply.head, hash: reply.hash };
        this.entries.set(reply.entries);
    }
    /** Move to a join's head: everything up to it is here, or is never sent (ticks). */
    reach(reply) {
        this.head = Math.max(this.head, reply.head);
        if (!this.known || reply.head >= this.known.seq) {
            this.known = { epoch: reply.epoch, seq: reply.head, hash: reply.hash };
        }
    }
    /** Append one entry if it is the next. Where the server computes a view, holes are ticks, which are not sent. */
    applyEntry(entry) {
        if (!this.known || entry.seq <= this.head)
            return "ignored";
        if (entry.seq > this.head + 1 && this.view.get() === undefined)
            return "behind";
        this.append([entry]);
        return "applied";
    }
    /** Append entries that follow those that are here. */
    append(entries) {
        const last = entries.at(-1);
        if (!last || !this.known)
            return;
        this.head = Math.max(this.head, last.seq);
        this.known = { epoch: this.known.epoch, seq: last.seq, hash: last.hash };
        const shown = entries.filter((entry) => entry.type !== UPDATE);
        if (shown.length)
            this.entries.set([...this.entries.get(), ...shown].slice(-this.#kept));
    }
    /** Put older entries before those that are here, and keep as many more from now on. */
    prepend(entries) {
        this.#kept += entries.length;
        this.entries.set([...entries, ...this.entries.get()]);
    }
    /** Whether an entry is here without its body. */
    lacksBody(seq) {
        return this.entries.get().some((entry) => entry.seq === seq && entry.body === null);
    }
    /** Put entries with their bodies in place of the same ones without. */
    reveal(entries) {
        const shown = new Map(entries.map((entry) => [entry.hash, entry]));
        this.entries.set(this.entries.get().map((entry) => (entry.body === null && shown.get(entry.hash)) || entry));
    }
    /** Apply a whole view, or what changed of the known one. */
    applyState(event) {
        if (!this.known)
            return "ignored";
        if ("state" in event) {
            if (event.seq < this.#viewSeq)
                return "ignored";
            this.#adoptView(event.state, event.seq);
            return "applied";
        }
        const moves = event.seq > this.#viewSeq || event.base === event.seq; // a ticking game moves between its entries
        if (event.seq < this.#viewSeq || !moves)
            return "ignored";
        if (event.base !== this.#viewSeq)
            return "behind";
        try {
            const known = this.view.get();
            this.#adoptView("steps" in event ? applySteps(known, event.steps) : applyPatch(known, event.patch), event.seq);
            return "applied";
        }
        catch {
            return "behind";
        }
    }
    /** Apply who came and left, and what they show; large rooms send a count alone. */
    applyPresence(event) {
        const before = this.presence.get();
        if (!this.known || (event.v !== undefined && event.v <= before.v))
            return "ignored";
        const after = presenceAfter(before, event);
        if (after)
            this.presence.set(after);
        return after ? "applied" : "behind";
    }
    #adoptView(view, seq) {
        this.#viewSeq = seq;
        this.head = Math.max(this.head, seq);
        this.view.set(view);
    }
}
