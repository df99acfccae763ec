import * as Y from "yjs";
import { Listeners, reportUncaught } from "../connection/events.js";
/** Messages that `load` reads at most, the newest. */
const MOST_LOADED = 2_000;
/** The comments on a room's document, in the order they were written; `load` brings those from before the join. */
export class Comments {
    #room;
    #doc;
    #listeners = new Listeners(reportUncaught);
    #offs;
    #threads = new Map();
    #list = [];
    /** What came while `load` waits: it may be newer than the answer. */
    #heardMeanwhile;
    constructor(room, doc) {
        this.#room = room;
        this.#doc = doc;
        this.#offs = [
            room.onEntry((entry) => this.#heard(entry)),
            room.onReset(() => void this.load().catch(() => undefined)), // a later join resets again
        ];
    }
    get = () => this.#list;
    subscribe = (listener) => this.#listeners.add(listener);
    /** Read the comments that are there already. @throws ParlourError */
    async load() {
        const meanwhile = (this.#heardMeanwhile = []);
        let messages;
        try {
            messages = await this.#read();
        }
        finally {
            if (this.#heardMeanwhile === meanwhile) {
                // Else a later call reads them. Where this one failed, what came is heard all the same.
                this.#heardMeanwhile = undefined;
                if (messages)
                    this.#threads = new Map();
                for (const message of messages ?? [])
                    this.#add(message, message);
                for (const entry of meanwhile)
                    this.#fold(entry);
                this.#tell();
            }
        }
    }
    async #read() {
        const messages = [];
        for (let more = true; more && messages.length < MOST_LOADED;) {
            const before = messages[0] && { before: messages[0].seq };
            const page = await this.#room.request("room:history", { view: "messages", ...before });
            messages.unshift(...page.entries.filter((entry) => entry.type === "chat.message"));
            more = page.more && page.entries.length > 0;
        }
        return messages;
    }
    /** Comment on a stretch of a root. @throws ParlourError */
    add(root, { from, to }, text) {
        const type = this.#doc.get(root);
        const anchor = { root, from: written(type, from, 0), to: written(type, to, -1) };
        return this.#room.post({ type: "chat.message", body: { text, anchor: { ...anchor } } });
    }
    /** Answer a comment. @throws ParlourError */
    answer(comment, text) {
        return this.#room.say(text, { thread: comment });
    }
    /** Mark a comment as dealt with, or open it again. @throws ParlourError */
    resolve(comment, on = true) {
        return this.#room.post({ type: "chat.resolve", body: { of: comment, on } });
    }
    /** Return where a comment stands now; null where the text it was on is gone. */
    placeOf({ anchor: { root, from, to } }) {
        const [start, end] = [absolute(from, this.#doc), absolute(to, this.#doc)];
        const type = this.#doc.share.get(root);
        if (!start || !end || start.type !== type || end.type !== type || start.index >= end.index)
            return null;
        return { from: start.index, to: end.index };
    }
    /** Listen no more. */
    close() {
        for (const off of this.#offs)
            off();
        this.#listeners = new Listeners(reportUncaught);
    }
    // ── the fold ──────────────────────────────────────────────────────────────────────────────────────────────────
    #heard(entry) {
        if (!entry.type.startsWith("chat."))
            return;
        if (this.#heardMeanwhile)
            this.#heardMeanwhile.push(entry);
        else if (this.#fold(entry))
            this.#tell();
    }
    /** Take an entry in; returns whether it changed a comment. Taking it in twice is taking it in once. */
    #fold(entry) {
        if (entry.body === null)
            return false;
        switch (entry.type) {
            case "chat.message":
                return this.#add(entry);
            case "chat.edit":
                return this.#change(entry.body.of, { text: entry.body.text });
            case "chat.delete":
                return this.#change(entry.body.of, { text: "", deleted: true });
            case "chat.resolve": {
                const comment = this.#threads.get(entry.body.of);
                if (comment)
                    this.#threads.set(comment.seq, { ...comment, resolved: entry.body.on });
                return comment !== undefined;
            }
        }
        return false;
    }
    /** Add a comment or a reply; `made` is what later entries made of a message that is read from the history. */
    #add({ seq, author, at, body }, made = {}) {
        const remark = { seq, author, at, text: made.edited?.text ?? body?.text ?? "", deleted: body === null };
        const root = body?.thread !== undefined ? this.#threads.get(body.thread) : undefined;
        if (root) {
            if (root.replies.some((reply) => reply.seq === seq))
                return false;
            this.#threads.set(root.seq, { ...root, replies: [...root.replies, remark] });
        }
        else if (body?.anchor && !this.#threads.has(seq)) {
            this.#threads.set(seq, { ...remark, anchor: body.anchor, resolved: made.resolved !== undefined, replies: [] });
        }
        else
            return false;
        return true;
    }
    #change(seq, change) {
        for (const comment of this.#threads.values()) {
            const replies = comment.replies.map((reply) => (reply.seq === seq ? { ...reply, ...change } : reply));
            const changed = comment.seq === seq ? { ...comment, ...change } : { ...comment, replies };
            if (comment.seq !== seq && !comment.replies.some((reply) => reply.seq === seq))
                continue;
            this.#threads.set(comment.seq, changed);
            return true;
        }
        return false;
    }
    #tell() {
        this.#list = [...this.#threads.values()];
        this.#listeners.notify(this.#list);
    }
}
/** Write a relative position as `0x` bytes. */
function written(type, index, assoc) {
    const bytes = Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(type, index, assoc));
    return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
/** Read a relative position; null where it leads nowhere, for anybody may have written it. */
function absolute(hex, doc) {
    const bytes = Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
    try {
        return Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(bytes), doc);
    }
    catch {
        return null;
    }
}
