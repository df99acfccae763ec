/** Make the message of an entry, before any later entry changed it. */
export function newMessage({ seq, id, author, at, body, redacted }) {
    const held = redacted === "held";
    return {
        seq,
        id,
        author,
        at,
        text: body?.text ?? "",
        mentions: body?.mentions ?? [],
        files: body?.files ?? [],
        card: body?.card ?? null,
        app: null,
        replyTo: body?.replyTo ?? null,
        thread: body?.thread ?? null,
        edited: false,
        deleted: body === null && !held,
        pinned: false,
        held,
        resolved: false,
        reactions: new Map(),
        replies: null,
    };
}
/** Read what the server folded: one of `room:history {view: "messages" | "pins"}`. */
export function readMessage(listed) {
    const { edited, deleted, pinned, held, resolved, reactions, replies } = listed;
    const message = isMessage(listed) ? newMessage(listed) : newAppMessage(listed);
    return {
        ...message,
        ...(edited && !deleted && edit(message, edited)),
        deleted: message.deleted || deleted !== undefined,
        pinned: pinned ?? false,
        held: held ?? message.held,
        resolved: resolved !== undefined,
        reactions: new Map(Object.entries(reactions)),
        replies: replies ?? null,
    };
}
function isMessage(listed) {
    return listed.type === "chat.message";
}
/** The body of a DApp's own entry is no message's: nothing of it is taken for one. */
function newAppMessage({ type, body, ...head }) {
    const message = newMessage({ ...head, type: "chat.message", body: null });
    return { ...message, deleted: body === null, app: body && { type, body } };
}
/** Return what an edit changes: mentions and files are as they were said where it names none. */
export function edit(said, { text, mentions, files }) {
    return { text, mentions: mentions ?? said.mentions, files: files ?? said.files, edited: true };
}
