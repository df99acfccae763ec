import type { PostReceipt, WalletTrack } from "../protocol/types.js";
import type { EditOptions, PostOptions, SayOptions } from "./options.js";
import { RoomRequests } from "./requests.js";

/** Writes chat; each method throws a ParlourError as `post` does. */
export abstract class RoomPosting extends RoomRequests {
  /** Post an entry. */
  abstract post(options: PostOptions): Promise<PostReceipt>;

  /** Write a chat message. */
  say(text: string, { id, ...options }: SayOptions = {}): Promise<PostReceipt> {
    return this.post({ type: "chat.message", body: { text, ...options }, ...(id !== undefined && { id }) });
  }

  /** Answer a message. */
  reply(seq: number, text: string, options: Omit<SayOptions, "replyTo"> = {}): Promise<PostReceipt> {
    return this.say(text, { ...options, replyTo: seq });
  }

  /** Let the room track a transaction; `wallet.transaction` entries say what becomes of it. */
  track(transaction: WalletTrack): Promise<PostReceipt> {
    return this.post({ type: "wallet.track", body: { ...transaction } });
  }

  /** Give one's own message another text. */
  edit(seq: number, text: string, { id, ...options }: EditOptions = {}): Promise<PostReceipt> {
    return this.post({ type: "chat.edit", body: { of: seq, text, ...options }, ...(id !== undefined && { id }) });
  }

  /** Delete a message: one's own, or as a moderator another's. */
  remove(seq: number, options: { reason?: string } = {}): Promise<PostReceipt> {
    return this.post({ type: "chat.delete", body: { of: seq, ...options } });
  }

  /** Put an emoji on a message, or take it off. */
  react(seq: number, emoji: string, on = true): Promise<PostReceipt> {
    return this.post({ type: "chat.reaction", body: { of: seq, emoji, on } });
  }

  /** Pin a message, or unpin it; moderators may. */
  pin(seq: number, on = true): Promise<PostReceipt> {
    return this.post({ type: "chat.pin", body: { of: seq, on } });
  }

  /** Mark a comment as dealt with, or open it again. */
  resolve(seq: number, on = true): Promise<PostReceipt> {
    return this.post({ type: "chat.resolve", body: { of: seq, on } });
  }
}
