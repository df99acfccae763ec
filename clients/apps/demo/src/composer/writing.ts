/** What is being written in one composer: a new message, an answer, or another text for one that is there. */
import { signal } from "@preact/signals";
import type { Account, Message } from "@parlour/client";
import { Attachments } from "../files/attachments.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { mentionName } from "../account/names.js";
import { mentionsIn } from "./completion.js";

export class Writing {
  /** The message that gets another text. */
  readonly editing = signal<Message | null>(null);
  /** The message that is answered. */
  readonly answering = signal<Message | null>(null);
  readonly attachments: Attachments;
  /** Accounts that were chosen from the list of names, by the name that was written. */
  readonly chosen = new Map<string, Account>();

  /** Args: thread is the root of the thread that is written in; null for the room itself. */
  constructor(
    readonly room: OpenRoom,
    readonly thread: number | null = null,
  ) {
    this.attachments = new Attachments(room.room);
  }

  answer(message: Message): void {
    this.editing.value = null;
    this.answering.value = message;
  }

  change(message: Message | null): void {
    this.answering.value = null;
    this.editing.value = message;
    for (const account of message?.mentions ?? []) this.chosen.set(mentionName(account), account);
  }

  /** Leave a change or an answer; the draft is as it was. */
  leave(): void {
    this.editing.value = this.answering.value = null;
  }

  /** Send what was written; returns whether there was something to send, and nothing on its way that belongs to it. */
  send(text: string): boolean {
    const { hashes, busy } = this.attachments;
    const editing = this.editing.peek();
    const mentions = mentionsIn(text, this.chosen);
    if (busy || (!text && (editing || hashes.length === 0))) return false;
    const also = { ...(mentions.length > 0 && { mentions }), ...(hashes.length > 0 && { files: hashes }) };
    if (editing) void this.room.edit(editing.seq, text, mentions.length + editing.mentions.length ? { mentions } : {});
    else {
      const replyTo = this.answering.peek()?.seq;
      const { thread } = this;
      const place = { ...(replyTo !== undefined && { replyTo }), ...(thread !== null && { thread }) };
      void this.room.say(text, { ...place, ...also });
      this.attachments.clear();
      this.chosen.clear();
    }
    this.leave();
    return true;
  }
}
