import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook, type Off } from "../connection/events.js";
import { postApi, type Upload } from "../files/transfer.js";
import type { Account, Answer, Hex, Profile, Requests, RoomId, RoomInfo } from "../protocol/types.js";
import { listing, type Listing } from "../store/listing.js";

/** What to change of one's profile; `""` takes a value off. */
export interface ProfileOptions {
  name?: string;
  /** The hash that `uploadAvatar` answered. */
  avatar?: string;
  bio?: string;
  /** Whether a program acts for this account. */
  bot?: boolean;
}

export interface NoticeOptions {
  cursor?: string;
  limit?: number;
}

type Told = Answer<"notices:list">;

/** Asks about people and about oneself; each method throws a ParlourError when it is refused. */
export class AccountRequests {
  /** What this account was told, newest first: called, a page of it; as a store, the newest page. `onNotice` hears more. */
  readonly notices: Listing<Told, NoticeOptions>;
  readonly #connection: Connection;
  readonly #changed: Listeners<void>;

  /** @internal */
  constructor(connection: Connection, onError: ErrorHook) {
    this.#connection = connection;
    this.#changed = new Listeners(onError);
    connection.on("notice", () => this.#changed.notify());
    const ask = (options: NoticeOptions = {}): Promise<Told> => this.#ask("notices:list", options);
    const nothing: Told = { notices: [], cursor: null, unread: 0 };
    this.notices = listing(ask, nothing, (again) => this.#whileSignedIn(again), onError);
  }

  /** Change one's profile, the values that are named, and return it. */
  async profile(options: ProfileOptions): Promise<Profile> {
    return (await this.#ask<{ profile: Profile }>("account:profile", options)).profile;
  }

  /** Return what is known of accounts, at most 100; those without a profile are left out. */
  async profiles(accounts: readonly Account[]): Promise<Record<Account, Profile>> {
    return (await this.#ask<{ profiles: Record<Account, Profile> }>("account:profiles", { accounts })).profiles;
  }

  /** Bring in a picture (PNG, JPEG or WebP) and return its hash for `profile`. */
  async uploadAvatar(picture: Upload): Promise<Hex> {
    const { url } = this.#connection;
    const token = await this.#connection.token();
    return (await postApi<{ hash: Hex }>(url, "account/avatar", token, picture)).hash;
  }

  /** Say how one is to the people of one's rooms; `until` (ms since 1970) makes one active again. */
  async setStatus(options: Requests["account:status"]): Promise<void> {
    await this.#ask("account:status", options);
  }

  /** Block an account, or no longer: its mentions and invitations arrive nowhere. */
  async block(account: Account, on = true): Promise<void> {
    await this.#ask("account:block", { account, on });
  }

  /**
   * Push this account's notices to this browser, or no longer. Subscribe first, with the server's key:
   * `registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: me.push })`.
   */
  async push(subscription: PushSubscription, on = true): Promise<void> {
    await this.#ask("account:push", { subscription: subscription.toJSON(), on });
  }

  /** Return whom this account blocks. */
  async blocks(): Promise<Account[]> {
    return (await this.#ask<{ accounts: Account[] }>("account:blocks", {})).accounts;
  }

  /** Open the direct room with these accounts, one to nine: the same people, the same room. It accepts the room too. */
  async dm(accounts: readonly Account[]): Promise<RoomInfo> {
    return (await this.#ask<{ room: RoomInfo }>("dm:open", { accounts })).room;
  }

  /** Accept a stranger's direct room, or decline it; nobody is told of the latter. */
  async answerDm(room: RoomId, accept: boolean): Promise<void> {
    await this.#ask("dm:answer", { room, accept });
  }

  /** Mark what this account was told as read, up to a notice. */
  async readNotices(upTo: string): Promise<void> {
    await this.#ask("notices:read", { upTo });
    this.#changed.notify();
  }

  /** Call `again` at every connection of an account, and when its notices change; nobody tells a guest anything. */
  #whileSignedIn(again: () => void): Off {
    const { me, changes } = this.#connection;
    const ask = (): unknown => this.#connection.online && me.get()?.account && again();
    const offs = [changes.add(ask), this.#changed.add(ask)];
    this.#connection.open();
    ask();
    return () => offs.forEach((off) => off());
  }

  #ask<Reply>(event: string, payload: object): Promise<Reply> {
    return this.#connection.request<Reply>(event, payload);
  }
}
