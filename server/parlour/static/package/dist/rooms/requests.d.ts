import { type Message } from "../chat/message.js";
import { type Upload, type UploadOptions } from "../files/transfer.js";
import type { Answer, Entry, FileInfo, RoomId, WatchInfo, WatchRequest } from "../protocol/types.js";
import type { ConfigureOptions, InviteOptions, MessagesOptions, ModerateOptions, NotifyOptions, SearchOptions } from "./options.js";
/** Messages, ascending, and whether there are more. */
export interface MessagePage {
    messages: Message[];
    more: boolean;
}
/** Asks about a room and changes it; each method throws a ParlourError when it is refused. */
export declare class RoomRequests {
    #private;
    /** The id as it was asked for. */
    readonly id: RoomId;
    /** Return a page of entries, ascending; both bounds are exclusive. */
    history(options?: {
        before?: number;
        after?: number;
        limit?: number;
    }): Promise<{
        entries: Entry[];
        more: boolean;
    }>;
    /** Return a page of messages as they are now, each with its edits, reactions and thread. */
    readMessages(options?: MessagesOptions): Promise<MessagePage>;
    /** Return the message that began a thread and its replies; with `before` alone the last ones. */
    thread(root: number, options?: Omit<MessagesOptions, "threads">): Promise<MessagePage>;
    /** Return the pinned messages, the one pinned last first. */
    pins(): Promise<Message[]>;
    /** Return messages whose text holds the words of `query`, newest first; `before` the last seq is the next page. */
    search(query: string, options?: SearchOptions): Promise<Entry[]>;
    /** Have a contract's events arrive here as `chain.event` entries. */
    watch(options: WatchRequest): Promise<WatchInfo>;
    /** Have the events read again that a `chain.gap` left out; return how many are on their way. */
    fillGap(options: {
        seq: number;
    }): Promise<number>;
    /** Return what a market's pool sells and buys within so many basis points, from its price outwards. */
    depth(options?: {
        within?: number;
        levels?: number;
    }): Promise<Answer<"market:depth">>;
    unwatch(options: {
        watch: string;
    }): Promise<void>;
    /** Make an invitation; `client.joinRoom({ room, invite })` takes it. */
    invite(options?: InviteOptions): Promise<string>;
    /** Change the room's settings: those that are named. */
    configure(options: ConfigureOptions): Promise<void>;
    /** Mute, kick or ban an account of a lower role, undo that, or give it a role. */
    moderate(options: ModerateOptions): Promise<void>;
    /** Let everybody read a message that waits for a moderator. */
    releaseMessage(seq: number): Promise<void>;
    /** Report a message to the moderators; nobody in the room learns who did. */
    report(seq: number, options: {
        reason: "spam" | "abuse" | "scam" | "other";
        note?: string;
    }): Promise<void>;
    /** Return a page of the room's open reports, for its moderators. */
    reports(options?: {
        cursor?: string;
    }): Promise<Answer<"room:reports">>;
    /** End a report without doing anything. */
    dismissReport(report: string): Promise<void>;
    /** Close the room for good, for everybody. */
    close(options?: {
        reason?: string;
    }): Promise<void>;
    /** Say how much this account wants to hear of the room, or of a thread; `until` (ms since 1970) ends it. */
    notify(options: NotifyOptions): Promise<void>;
    /** Bring a file into the room; `say(text, { files: [hash] })` names it. */
    upload(body: Upload, options?: UploadOptions): Promise<FileInfo>;
    /** Return an address of a file that `<img src>` can show for five minutes. */
    fileUrl(hash: string): Promise<string>;
    /** Send any request of the protocol about this room and return its ack without `ok`. @throws ParlourError */
    request<Reply>(event: string, payload: object): Promise<Reply>;
}
