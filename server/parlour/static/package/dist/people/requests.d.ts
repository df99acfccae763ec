import { type Upload } from "../files/transfer.js";
import type { Account, Answer, Hex, Profile, Requests, RoomId, RoomInfo } from "../protocol/types.js";
import { type Listing } from "../store/listing.js";
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
export declare class AccountRequests {
    #private;
    /** What this account was told, newest first: called, a page of it; as a store, the newest page. `onNotice` hears more. */
    readonly notices: Listing<Told, NoticeOptions>;
    /** Change one's profile, the values that are named, and return it. */
    profile(options: ProfileOptions): Promise<Profile>;
    /** Return what is known of accounts, at most 100; those without a profile are left out. */
    profiles(accounts: readonly Account[]): Promise<Record<Account, Profile>>;
    /** Bring in a picture (PNG, JPEG or WebP) and return its hash for `profile`. */
    uploadAvatar(picture: Upload): Promise<Hex>;
    /** Say how one is to the people of one's rooms; `until` (ms since 1970) makes one active again. */
    setStatus(options: Requests["account:status"]): Promise<void>;
    /** Block an account, or no longer: its mentions and invitations arrive nowhere. */
    block(account: Account, on?: boolean): Promise<void>;
    /**
     * Push this account's notices to this browser, or no longer. Subscribe first, with the server's key:
     * `registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: me.push })`.
     */
    push(subscription: PushSubscription, on?: boolean): Promise<void>;
    /** Return whom this account blocks. */
    blocks(): Promise<Account[]>;
    /** Open the direct room with these accounts, one to nine: the same people, the same room. It accepts the room too. */
    dm(accounts: readonly Account[]): Promise<RoomInfo>;
    /** Accept a stranger's direct room, or decline it; nobody is told of the latter. */
    answerDm(room: RoomId, accept: boolean): Promise<void>;
    /** Mark what this account was told as read, up to a notice. */
    readNotices(upTo: string): Promise<void>;
}
export {};
