import type { Connection } from "../connection/connection.js";
import { randomId } from "../connection/ids.js";
import type { Entry, Member, RoomId, WatchInfo, WatchRequest } from "../protocol/types.js";
import type { ConfigureOptions, InviteOptions, ModerateOptions } from "./options.js";

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
    return this.#request("room:history", options);
  }

  /** Return the messages whose text holds the words of `query`, newest first: those with a seq below `before`. */
  async search(query: string, options: { before?: number; limit?: number } = {}): Promise<Entry[]> {
    return (await this.#request<{ entries: Entry[] }>("room:search", { query, ...options })).entries;
  }

  /** Return every account with a role here, the highest roles first. */
  async members(): Promise<Member[]> {
    const members: Member[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: { members: Member[]; cursor: string | null } = await this.#request(
        "room:members",
        cursor === undefined ? {} : { cursor },
      );
      members.push(...page.members);
      ({ cursor } = page);
    }
    return members;
  }

  /** Have a contract's events arrive here as `chain.event` entries. */
  async watch(options: WatchRequest): Promise<WatchInfo> {
    return (await this.#change<{ watch: WatchInfo }>("room:watch", { watch: options })).watch;
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

  /** Close the room for good, for everybody. */
  async close(options: { reason?: string } = {}): Promise<void> {
    await this.#change("room:close", options);
  }

  #request<Reply>(event: string, payload: object): Promise<Reply> {
    return this.#connection.request<Reply>(event, { ...payload, room: this.id });
  }

  /** Send a request that changes something; its id makes sending it again safe. */
  #change<Reply>(event: string, payload: object): Promise<Reply> {
    return this.#request<Reply>(event, { ...payload, id: randomId() });
  }
}
