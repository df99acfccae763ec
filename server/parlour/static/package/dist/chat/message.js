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
/** Read a message that the server folded: one of `room:history {view: "messages" | "pins"}`. */
export function readMessage(listed) {
    const { edited, deleted, pinned, held, resolved, reactions, replies } = listed;
    const message = newMessage(listed);
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
/** Return what an edit changes: mentions and files are as they were said where it names none. */
export function edit(said, { text, mentions, files }) {
    return { text, mentions: mentions ?? said.mentions, files: files ?? said.files, edited: true };
}
