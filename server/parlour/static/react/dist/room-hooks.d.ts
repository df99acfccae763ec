import type { Account, Message, PresenceSnapshot, Role, Room, RoomStatus, Status, Store } from "@parlour/client";
import { type Part } from "./rooms.js";
export interface Presence extends Pick<PresenceSnapshot, "count" | "status" | "data"> {
    /** Empty in a large crowd, which has a `count` alone. */
    members: readonly Account[];
}
export interface Self {
    /** Empty for a guest. */
    account: Account;
    /** In a room. */
    role?: Role;
    /** In a room with a game; null for those who watch. */
    seat?: number | null;
}
/** Return who this is here, and in a room its role and seat; null before the server has said. */
export declare function useSelf(given?: Part<"presence" | "role" | "seat">): Self | null;
/** Return who is in a room now. */
export declare function usePresence(room?: Part<"presence">): Presence;
/** Return who else is in a room now. */
export declare function useOthers(room?: Part<"presence">): readonly Account[];
/** Return the chat messages of a room, with edits, deletions, reactions and pins folded in. */
export declare function useMessages(room?: Part<"messages">): readonly Message[];
/** Return who is typing in a room. */
export declare function useTyping(room?: Part<"typing">): readonly Account[];
/** What `useGame` reads: the store of a view. */
export interface Viewed<State> {
    readonly view: Store<State | undefined>;
}
/** Return what `select` takes of a game's view, and render again when that alone changes; undefined before the join. */
export declare function useGame<State, Selected>(room: Viewed<State>, select: (state: State) => Selected): Selected | undefined;
export declare function useGame<State>(room: Viewed<State>): State | undefined;
/** Return how the connection is, or how a room is. */
export declare function useStatus(): Status;
export declare function useStatus(room: Pick<Room, "status">): RoomStatus;
