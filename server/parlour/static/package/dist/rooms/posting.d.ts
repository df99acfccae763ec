import type { PostReceipt } from "../protocol/types.js";
import type { PostOptions, SayOptions } from "./options.js";
import { RoomRequests } from "./requests.js";
/** Writes chat; each method throws a ParlourError as `post` does. */
export declare abstract class RoomPosting extends RoomRequests {
    /** Post an entry. */
    abstract post(options: PostOptions): Promise<PostReceipt>;
    /** Write a chat message. */
    say(text: string, { id, ...options }?: SayOptions): Promise<PostReceipt>;
    /** Give one's own message another text. */
    edit(seq: number, text: string): Promise<PostReceipt>;
    /** Delete a message: one's own, or as a moderator another's. */
    remove(seq: number, options?: {
        reason?: string;
    }): Promise<PostReceipt>;
    /** Put an emoji on a message, or take it off. */
    react(seq: number, emoji: string, on?: boolean): Promise<PostReceipt>;
    /** Pin a message, or unpin it; moderators may. */
    pin(seq: number, on?: boolean): Promise<PostReceipt>;
}
