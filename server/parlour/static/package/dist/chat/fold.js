import { edit, newMessage } from "./message.js";
import { Threads } from "./threads.js";
/** Return the seqs that a chain reorganisation made void: reverted events and what rested on them. */
export function deadSeqs(entries) {
    const dead = new Set();
    for (const { type, body } of entries) {
        if (type !== "chain.reverted" || !body)
            continue;
        for (const seq of body.of)
            dead.add(seq);
        for (const { seq } of body.void ?? [])
            dead.add(seq);
    }
    return dead;
}
/** Fold a room's entries into its messages, ascending: edits, deletions, reactions and pins are later entries. */
export function foldMessages(entries) {
    return [...Fold.of(entries).messages.values()];
}
/**
 * Folds a room's latest entries into messages as entries come. It folds only the new ones, and a message that did not
 * change is the same object as before.
 */
export class Conversation {
    #fold = new Fold();
    #entries = [];
    #list = [];
    /** Return the messages of `entries`, the kept end of one log. */
    fold(entries) {
        const added = this.#added(entries);
        let changed = true;
        if (!added || added.some(({ type }) => type === "chain.reverted"))
            this.#fold = Fold.of(entries);
        else {
            const forgotten = this.#fold.forget(entries[0]?.seq ?? Infinity);
            for (const entry of added)
                this.#fold.add(entry);
            changed = forgotten || added.some(({ type }) => type.startsWith("chat."));
        }
        this.#entries = entries;
        if (changed)
            this.#list = [...this.#fold.messages.values()];
        return this.#list;
    }
    /** Return the entries after those folded last; undefined where `entries` is not a later end of what was folded. */
    #added(entries) {
        const before = this.#entries;
        const start = entries[0] ? before.indexOf(entries[0]) : -1;
        if (start < 0)
            return undefined;
        // One that was revealed is another object in the same place.
        const same = before.slice(start).every((entry, at) => entry === entries[at]);
        return same ? entries.slice(before.length - start) : undefined;
    }
}
/** The messages of a log, as its entries are added. */
class Fold {
    messages = new Map();
    /** The same as they were said. */
    #said = new Map();
    #threads = new Threads();
    static of(entries) {
        const fold = new Fold();
        const dead = deadSeqs(entries);
        for (const entry of entries)
            if (!dead.has(entry.seq))
                fold.add(entry);
        return fold;
    }
    add(entry) {
        switch (entry.type) {
            case "chat.message":
                return this.#say(newMessage(entry));
            case "chat.edit":
                return this.#change(entry.body, (body, { seq }) => edit(this.#said.get(seq), body));
            case "chat.delete":
                return this.#change(entry.body, (_, message) => {
                    this.#unsay(message);
                    return { text: "", mentions: [], files: [], card: null, deleted: true, pinned: false, held: false };
                });
            case "chat.pin":
                return this.#change(entry.body, ({ on }) => ({ pinned: on }));
            case "chat.resolve":
                return this.#change(entry.body, ({ on }) => ({ resolved: on }));
            case "chat.reaction":
                return this.#change(entry.body, (body, message) => ({
                    reactions: react(message.reactions, entry.author, body),
                }));
            case "chat.held":
                return this.#change(entry.body, (_, message) => (this.#unsay(message), { held: true }));
            case "chat.released":
                return this.#change(entry.body, (_, message) => (this.#stand(message, entry), { held: false }));
        }
    }
    /** Forget the messages before a seq; returns whether there were any. */
    forget(before) {
        const size = this.messages.size;
        for (const seq of this.messages.keys()) {
            if (seq >= before)
                break;
            this.messages.delete(seq);
            this.#said.delete(seq);
        }
        this.#threads.forget(before);
        return this.messages.size < size;
    }
    #say(message) {
        this.messages.set(message.seq, message);
        this.#said.set(message.seq, message);
        if (!message.held && !message.deleted)
            this.#stand(message, message);
    }
    /** Let a message stand in its thread from an entry on. */
    #stand({ seq: of, thread, author }, { seq, at }) {
        if (thread === null)
            return;
        this.#threads.add(thread, of, { seq, at, author });
        this.#count(thread);
    }
    #unsay({ seq, thread }) {
        if (thread === null)
            return;
        this.#threads.remove(thread, seq);
        this.#count(thread);
    }
    #count(thread) {
        const root = this.messages.get(thread);
        if (root)
            this.messages.set(thread, { ...root, replies: this.#threads.summary(thread) });
    }
    #change(body, change) {
        const message = body && this.messages.get(body.of);
        if (body && message)
            this.messages.set(message.seq, { ...message, ...change(body, message) });
    }
}
function react(reactions, author, { emoji, on }) {
    const form = emojiForm(emoji);
    const spelled = [...reactions.keys()].find((known) => emojiForm(known) === form) ?? emoji;
    const before = reactions.get(spelled) ?? [];
    if (on === before.includes(author))
        return reactions;
    const accounts = on ? [...before, author] : before.filter((account) => account !== author);
    const next = new Map(reactions).set(spelled, accounts);
    if (!accounts.length)
        next.delete(spelled);
    return next;
}
/** Leave out the presentation selectors (UTS 51): two emoji that look alike are equal then. */
export function emojiForm(emoji) {
    return emoji.replace(/[\ufe0e\ufe0f]/g, "");
}
