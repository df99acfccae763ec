import { RoomRequests } from "./requests.js";
/** Writes chat; each method throws a ParlourError as `post` does. */
export class RoomPosting extends RoomRequests {
    /** Write a chat message. */
    say(text, { id, ...options } = {}) {
        return this.post({ type: "chat.message", body: { text, ...options }, ...(id !== undefined && { id }) });
    }
    /** Answer a message. */
    reply(seq, text, options = {}) {
        return this.say(text, { ...options, replyTo: seq });
    }
    /** Let the room track a transaction; `wallet.transaction` entries say what becomes of it. */
    track(transaction) {
        return this.post({ type: "wallet.track", body: { ...transaction } });
    }
    /** Give one's own message another text. */
    edit(seq, text, { id, ...options } = {}) {
        return this.post({ type: "chat.edit", body: { of: seq, text, ...options }, ...(id !== undefined && { id }) });
    }
    /** Delete a message: one's own, or as a moderator another's. */
    remove(seq, options = {}) {
        return this.post({ type: "chat.delete", body: { of: seq, ...options } });
    }
    /** Put an emoji on a message, or take it off. */
    react(seq, emoji, on = true) {
        return this.post({ type: "chat.reaction", body: { of: seq, emoji, on } });
    }
    /** Pin a message, or unpin it; moderators may. */
    pin(seq, on = true) {
        return this.post({ type: "chat.pin", body: { of: seq, on } });
    }
    /** Mark a comment as dealt with, or open it again. */
    resolve(seq, on = true) {
        return this.post({ type: "chat.resolve", body: { of: seq, on } });
    }
}
