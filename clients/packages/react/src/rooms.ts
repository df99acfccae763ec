import { createContext, createElement, useContext, type ReactNode } from "react";
import type {
  ActionsOf,
  Client,
  EnterOptions,
  JoinOptions,
  KindName,
  Kinds,
  OpenKind,
  Room,
  RoomId,
  ViewOf,
} from "@parlour/client";
import { keep, useKept } from "./kept.js";
import { useClient } from "./provider.js";
import { all, needed, onceFor, useStore } from "./store.js";

/** What any hook may be given: a room of whatever kind, by the parts that it reads. */
export type Part<Names extends keyof Room> = Pick<Room, Names>;

export interface UseRoom {
  /** Join a room while this component is shown; components with the same room share one join. */
  <Kind extends KindName>(
    room: RoomId,
    options: EnterOptions & { kind: Kind },
  ): Room<ViewOf<Kinds[Kind]>, ActionsOf<Kinds[Kind]>>;
  <State = unknown>(room: RoomId, options?: EnterOptions & { kind?: OpenKind }): Room<State>;
  /** Return the room of the RoomProvider around. */
  <State = unknown>(): Room<State>;
}

export type RoomProviderProps = EnterOptions & { id: RoomId; kind?: string; children?: ReactNode };

const Context = createContext<Room | null>(null);
const roomsOf = onceFor((_: Client) => keep<Room>((room) => room.release()));

/** Return a room that is joined while this component is shown, without hearing of it; no id, no room. */
export function useOpenRoom(room: RoomId | null, options: EnterOptions = {}): Room | null {
  const client = useClient();
  return useKept(roomsOf(client), room && [room, options], () =>
    client.openRoom({ ...options, room } as JoinOptions & { kind?: never }),
  );
}

/** Return the room of the RoomProvider around; null outside of one. */
export function useRoomAround(): Room | null {
  return useContext(Context);
}

/** Return the room given, or else that of the RoomProvider around. @throws Error where there is neither */
export function useRoomOr<Given extends object>(given: Given | undefined): Given | Room {
  const around = useRoomAround();
  return needed(given ?? around, "RoomProvider");
}

/** Join or find a room; `wait` is called with it before anything is read of it. */
export function useRoomWith(wait: (room: Room) => void, id: RoomId | undefined, options: EnterOptions = {}): Room {
  // A component either always names a room or never does: the order of hooks stays.
  const room = id === undefined ? useRoomOr<Room>(undefined) : useOpenRoom(id, options)!;
  wait(room);
  useStore(room.status, all, "connecting");
  return room;
}

/** Return a handle on a room at once; it shows when it is joined, lost and over. */
export const useRoom = ((id?: RoomId, options?: EnterOptions) => useRoomWith(() => undefined, id, options)) as UseRoom;

/** Gives a room to the hooks inside, which then need none. */
export function RoomProvider({ id, children, ...options }: RoomProviderProps): ReactNode {
  return createElement(Context.Provider, { value: useOpenRoom(id, options) }, children);
}
