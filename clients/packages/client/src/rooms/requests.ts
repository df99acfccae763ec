import { readMessage, type Message } from "../chat/message.js";
import { serverAddress } from "../connection/address.js";
import type { Connection } from "../connection/connection.js";
import { randomId } from "../connection/ids.js";
import { postApi, type Upload, type UploadOptions } from "../files/transfer.js";
import type { Answer, Entry, FileInfo, MessagesReply, RoomId, WatchInfo, WatchRequest } from "../protocol/types.js";
import type {
  ConfigureOptions,
  InviteOptions,
  MessagesOptions,
  ModerateOptions,
  NotifyOptions,
  SearchOptions,
} from "./options.js";

/** Messages, ascending, and whether there are more. */
export interface MessagePage {
  messages: Message[];
  more: boolean;
}

/** Asks about a room and changes it; each method throws a ParlourError when it is refused. */
export class RoomRequests {
  /** The id as it was asked for. */
  readonly id: RoomId;
  readonly #connection: Connection;

  /** @internal */
  constructor(id: RoomId, connection: Connection) {
    this.id = id;
    this.#connection = connection;
  }

  /** Return a page of entries, ascending; both bounds are exclusive. */
  history(
    options: { before?: number; after?: number; limit?: number } = {},
  ): Promise<{ entries: Entry[]; more: boolean }> {
    return this.request("room:history", options);
  }

  /** Return a page of messages as they are now, each with its edits, reactions and thread. */
  readMessages(options: MessagesOptions = {}): Promise<MessagePage> {
    return this.#messages({ view: "messages", ...options });
  }

  /** Return the message that began a thread and its replies; with `before` alone the last ones. */
  thread(root: number, options: Omit<MessagesOptions, "threads"> = {}): Promise<MessagePage> {
    return this.#messages({ view: "messages", thread: root, ...options });
  }

  /** Return the pinned messages, the one pinned last first. */
  async pins(): Promise<Message[]> {
    return (await this.#messages({ view: "pins" })).messages;
  }

  async #messages(asked: object): Promise<MessagePage> {
    const { entries, more } = await this.request<MessagesReply>("room:history", asked);
    return { messages: entries.map(readMessage), more };
  }

  /** Return messages whose text holds the words of `query`, newest first; `before` the last seq is the next page. */
  async search(query: string, options: SearchOptions = {}): Promise<Entry[]> {
    return (await this.request<{ entries: Entry[] }>("room:search", { query, ...options })).entries;
  }

  /** Have a contract's events arrive here as `chain.event` entries. */
  async watch(options: WatchRequest): Promise<WatchInfo> {
    return (await this.#change<{ watch: WatchInfo }>("room:watch", { watch: options })).watch;
  }

  /** Have the events read again that a `chain.gap` left out; return how many are on their way. */
  async fillGap(options: { seq: number }): Promise<number> {
    return (await this.#change<{ filled: number }>("room:watch", { fill: options.seq })).filled;
  }

  /** Return what a market's pool sells and buys within so many basis points, from its price outwards. */
  depth(options: { within?: number; levels?: number } = {}): Promise<Answer<"market:depth">> {
    return this.request("market:depth", options);
  }

  async unwatch(options: { watch: string }): Promise<void> {
    await this.#change("room:unwatch", options);
  }

  /** Make an invitation; `client.joinRoom({ room, invite })` takes it. */
  async invite(options: InviteOptions = {}): Promise<string> {
    return (await this.#change<{ invite: string }>("room:invite", options)).invite;
  }

  /** Change the room's settings: those that are named. */
  async configure(options: ConfigureOptions): Promise<void> {
    await this.#change("room:configure", options);
  }

  /** Mute, kick or ban an account of a lower role, undo that, or give it a role. */
  async moderate(options: ModerateOptions): Promise<void> {
    await this.#change("room:moderate", options);
  }

  /** Let everybody read a message that waits for a moderator. */
  async releaseMessage(seq: number): Promise<void> {
    await this.#change("room:moderate", { action: "release", seq });
  }

  /** Report a message to the moderators; nobody in the room learns who did. */
  async report(seq: number, options: { reason: "spam" | "abuse" | "scam" | "other"; note?: string }): Promise<void> {
    await this.request("room:report", { of: seq, ...options });
  }

  /** Return a page of the room's open reports, for its moderators. */
  reports(options: { cursor?: string } = {}): Promise<Answer<"room:reports">> {
    return this.request("room:reports", options);
  }

  /** End a report without doing anything. */
  async dismissReport(report: string): Promise<void> {
    await this.#change("room:moderate", { action: "dismiss", report });
  }

  /** Close the room for good, for everybody. */
  async close(options: { reason?: string } = {}): Promise<void> {
    await this.#change("room:close", options);
  }

  /** Say how much this account wants to hear of the room, or of a thread; `until` (ms since 1970) ends it. */
  async notify(options: NotifyOptions): Promise<void> {
    await this.request("room:notify", options);
  }

  /** Bring a file into the room; `say(text, { files: [hash] })` names it. */
  async upload(body: Upload, options: UploadOptions = {}): Promise<FileInfo> {
    const name = options.name ?? (typeof File !== "undefined" && body instanceof File ? body.name : "");
    const path = `rooms/${encodeURIComponent(this.id)}/files?name=${encodeURIComponent(name)}`;
    return (await this.#post<{ file: FileInfo }>(path, body, options)).file;
  }

  /** Return an address of a file that `<img src>` can show for five minutes. */
  async fileUrl(hash: string): Promise<string> {
    const path = `rooms/${encodeURIComponent(this.id)}/files/${encodeURIComponent(hash)}`;
    const { ticket } = await this.#post<{ ticket: string }>(`${path}/ticket`);
    const { url } = this.#connection;
    return `${url && serverAddress(url).base}/api/${path}?ticket=${encodeURIComponent(ticket)}`;
  }

  async #post<Reply>(path: string, body?: Upload, options?: UploadOptions): Promise<Reply> {
    return postApi<Reply>(this.#connection.url, path, await this.#connection.token(), body, options);
  }

  /** Send any request of the protocol about this room and return its ack without `ok`. @throws ParlourError */
  request<Reply>(event: string, payload: object): Promise<Reply> {
    return this.#connection.request<Reply>(event, { ...payload, room: this.id });
  }

  /** Send a request that changes something; its id makes sending it again safe. */
  #change<Reply>(event: string, payload: object): Promise<Reply> {
    return this.request<Reply>(event, { ...payload, id: randomId() });
  }
}
