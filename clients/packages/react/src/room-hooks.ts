import { useMemo } from "react";
import type { Account, Message, PresenceSnapshot, Role, Room, RoomStatus, Status, Store } from "@parlour/client";
import { useAccount, useClient } from "./provider.js";
import { useRoomAround, useRoomOr, type Part } from "./rooms.js";
import { all, fixed, useStore } from "./store.js";

const NOBODY: PresenceSnapshot = { v: 0, count: 0 };
const NO_MESSAGES: readonly Message[] = [];
const NO_ACCOUNTS: readonly Account[] = [];
const NOWHERE = fixed(NOBODY);

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
export function useSelf(given?: Part<"presence" | "role" | "seat">): Self | null {
  const account = useAccount();
  const around = useRoomAround();
  const room = given ?? around;
  const place = (): Partial<Self> => (room ? { role: room.role, seat: room.seat } : {});
  const here = useStore(room?.presence ?? NOWHERE, place, NOBODY, [room]); // every join brings a presence
  return useMemo(() => (account === undefined ? null : { account, ...here }), [account, here]);
}

/** Return who is in a room now. */
export function usePresence(room?: Part<"presence">): Presence {
  return useStore(useRoomOr(room).presence, readPresence, NOBODY);
}

function readPresence({ v: _, ...presence }: PresenceSnapshot): Presence {
  return { ...presence, members: presence.members ?? NO_ACCOUNTS };
}

/** Return who else is in a room now. */
export function useOthers(room?: Part<"presence">): readonly Account[] {
  const me = useAccount();
  const others = ({ members = [] }: PresenceSnapshot): Account[] => members.filter((one) => one !== me);
  return useStore(useRoomOr(room).presence, others, NOBODY, [me]);
}

/** Return the chat messages of a room, with edits, deletions, reactions and pins folded in. */
export function useMessages(room?: Part<"messages">): readonly Message[] {
  return useStore(useRoomOr(room).messages, all, NO_MESSAGES);
}

/** Return who is typing in a room. */
export function useTyping(room?: Part<"typing">): readonly Account[] {
  return useStore(useRoomOr(room).typing, all, NO_ACCOUNTS);
}

/** What `useGame` reads: the store of a view. */
export interface Viewed<State> {
  readonly view: Store<State | undefined>;
}

/** Return what `select` takes of a game's view, and render again when that alone changes; undefined before the join. */
export function useGame<State, Selected>(room: Viewed<State>, select: (state: State) => Selected): Selected | undefined;
export function useGame<State>(room: Viewed<State>): State | undefined;
export function useGame<State, Selected>(
  { view }: Viewed<State>,
  select?: (state: State) => Selected,
): Selected | State | undefined {
  const read = (state: State | undefined): Selected | State | undefined =>
    state === undefined || !select ? state : select(state);
  return useStore(view, read, undefined, [select]);
}

/** Return how the connection is, or how a room is. */
export function useStatus(): Status;
export function useStatus(room: Pick<Room, "status">): RoomStatus;
export function useStatus(room?: Pick<Room, "status">): Status | RoomStatus {
  const client = useClient();
  return useStore<Status | RoomStatus, Status | RoomStatus>(room?.status ?? client.status, all, "connecting");
}
