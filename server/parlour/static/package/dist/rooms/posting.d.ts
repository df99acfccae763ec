import type { PostReceipt, WalletTrack } from "../protocol/types.js";
import type { EditOptions, PostOptions, SayOptions } from "./options.js";
import { RoomRequests } from "./requests.js";
/** Writes chat; each method throws a ParlourError as `post` does. */
export declare abstract class RoomPosting extends RoomRequests {
    /** Post an entry. */
    abstract post(options: PostOptions): Promise<PostReceipt>;
    /** Write a chat message. */
    say(text: string, { id, ...options }?: SayOptions): Promise<PostReceipt>;
    /** Answer a message. */
    reply(seq: number, text: string, options?: Omit<SayOptions, "replyTo">): Promise<PostReceipt>;
    /** Let the room track a transaction; `wallet.transaction` entries say what becomes of it. */
    track(transaction: WalletTrack): Promise<PostReceipt>;
    /** Give one's own message another text. */
    edit(seq: number, text: string, { id, ...options }?: EditOptions): Promise<PostReceipt>;
    /** Delete a message: one's own, or as a moderator another's. */
    remove(seq: number, options?: {
        reason?: string;
    }): Promise<PostReceipt>;
    /** Put an emoji on a message, or take it off. */
    react(seq: number, emoji: string, on?: boolean): Promise<PostReceipt>;
    /** Pin a message, or unpin it; moderators may. */
    pin(seq: number, on?: boolean): Promise<PostReceipt>;
    /** Mark a comment as dealt with, or open it again. */
    resolve(seq: number, on?: boolean): Promise<PostReceipt>;
}
