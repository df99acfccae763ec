import { type ReactNode } from "react";
import type { ActionsOf, EnterOptions, KindName, Kinds, OpenKind, Room, RoomId, ViewOf } from "@parlour/client";
/** What any hook may be given: a room of whatever kind, by the parts that it reads. */
export type Part<Names extends keyof Room> = Pick<Room, Names>;
export interface UseRoom {
    /** Join a room while this component is shown; components with the same room share one join. */
    <Kind extends KindName>(room: RoomId, options: EnterOptions & {
        kind: Kind;
    }): Room<ViewOf<Kinds[Kind]>, ActionsOf<Kinds[Kind]>>;
    <State = unknown>(room: RoomId, options?: EnterOptions & {
        kind?: OpenKind;
    }): Room<State>;
    /** Return the room of the RoomProvider around. */
    <State = unknown>(): Room<State>;
}
export type RoomProviderProps = EnterOptions & {
    id: RoomId;
    kind?: string;
    children?: ReactNode;
};
/** Return a room that is joined while this component is shown, without hearing of it; no id, no room. */
export declare function useOpenRoom(room: RoomId | null, options?: EnterOptions): Room | null;
/** Return the room of the RoomProvider around; null outside of one. */
export declare function useRoomAround(): Room | null;
/** Return the room given, or else that of the RoomProvider around. @throws Error where there is neither */
export declare function useRoomOr<Given extends object>(given: Given | undefined): Given | Room;
/** Join or find a room; `wait` is called with it before anything is read of it. */
export declare function useRoomWith(wait: (room: Room) => void, id: RoomId | undefined, options?: EnterOptions): Room;
/** Return a handle on a room at once; it shows when it is joined, lost and over. */
export declare const useRoom: UseRoom;
/** Gives a room to the hooks inside, which then need none. */
export declare function RoomProvider({ id, children, ...options }: RoomProviderProps): ReactNode;
