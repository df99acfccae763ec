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
    return [...foldInto(new Map(), entries, deadSeqs(entries)).values()];
}
/**
 * Folds a room's latest entries into messages as entries come. It reads only the new ones, and a message that did not
 * change is the same object as before.
 */
export class Conversation {
    #messages = new Map();
    #list = [];
    #first;
    #last;
    /** Return the messages of `entries`, the kept end of one log. */
    fold(entries) {
        const added = this.#added(entries);
        const refold = !added || added.some(({ type }) => type === "chain.reverted");
        let changed;
        if (refold) {
            this.#messages = foldInto(new Map(), entries, deadSeqs(entries));
            changed = true;
        }
        else {
            const forgotten = this.#forget(entries[0]?.seq ?? Infinity);
            foldInto(this.#messages, added, new Set());
            changed = forgotten || added.some(({ type }) => type.startsWith("chat."));
        }
        this.#first = entries[0];
        this.#last = entries.at(-1);
        if (changed)
            this.#list = [...this.#messages.values()];
        return this.#list;
    }
    /** Return the entries after those folded last; undefined where `entries` is not a later end of the same log. */
    #added(entries) {
        if (!this.#first || !this.#last || !entries[0] || entries[0].seq < this.#first.seq)
            return undefined;
        const at = entries.lastIndexOf(this.#last);
        return at < 0 ? undefined : entries.slice(at + 1);
    }
    #forget(before) {
        const size = this.#messages.size;
        for (const seq of this.#messages.keys()) {
            if (seq >= before)
                break;
            this.#messages.delete(seq);
        }
        return this.#messages.size < size;
    }
}
function foldInto(messages, entries, dead) {
    for (const entry of entries)
        if (!dead.has(entry.seq))
            foldEntry(messages, entry);
    return messages;
}
function foldEntry(messages, entry) {
    const amend = (body, change) => {
        const message = body && messages.get(body.of);
        if (body && message)
            messages.set(message.seq, { ...message, ...change(body, message) });
    };
    switch (entry.type) {
        case "chat.message":
            return void messages.set(entry.seq, newMessage(entry));
        case "chat.edit":
            return amend(entry.body, ({ text }) => ({ text, edited: true }));
        case "chat.delete":
            return amend(entry.body, () => ({ text: "", deleted: true, pinned: false }));
        case "chat.pin":
            return amend(entry.body, ({ on }) => ({ pinned: on }));
        case "chat.reaction":
            return amend(entry.body, (body, message) => ({ reactions: react(message.reactions, entry.author, body) }));
    }
}
function newMessage({ seq, id, author, at, body }) {
    return {
        seq,
        id,
        author,
        at,
        text: body?.text ?? "",
        replyTo: body?.replyTo ?? null,
        thread: body?.thread ?? null,
        edited: false,
        deleted: body === null,
        pinned: false,
        reactions: new Map(),
    };
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
