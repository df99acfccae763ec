import type { Entry, Member, RoomId, WatchInfo, WatchRequest } from "../protocol/types.js";
import type { ConfigureOptions, InviteOptions, ModerateOptions } from "./options.js";
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
    /** Return the messages whose text holds the words of `query`, newest first: those with a seq below `before`. */
    search(query: string, options?: {
        before?: number;
        limit?: number;
    }): Promise<Entry[]>;
    /** Return every account with a role here, the highest roles first. */
    members(): Promise<Member[]>;
    /** Have a contract's events arrive here as `chain.event` entries. */
    watch(options: WatchRequest): Promise<WatchInfo>;
    unwatch(options: {
        watch: string;
    }): Promise<void>;
    /** Make an invitation; `client.joinRoom({ room, invite })` takes it. */
    invite(options?: InviteOptions): Promise<string>;
    /** Change the room's settings: those that are named. */
    configure(options: ConfigureOptions): Promise<void>;
    /** Mute, kick or ban an account of a lower role, undo that, or give it a role. */
    moderate(options: ModerateOptions): Promise<void>;
    /** Close the room for good, for everybody. */
    close(options?: {
        reason?: string;
    }): Promise<void>;
}
