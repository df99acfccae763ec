/** The entry `@parlour/react/suspense`: the same hooks, of which those that wait suspend and throw what refuses them. */
import { type ReactNode } from "react";
import type { LobbyOptions } from "@parlour/client";
import { type LobbyState } from "./lists.js";
import { type Viewed } from "./room-hooks.js";
import { type RoomProviderProps, type UseRoom } from "./rooms.js";
export { ParlourProvider, useClient, useSession } from "./provider.js";
export { useMatch, useNotices } from "./lists.js";
export { useBalance, useChainEvents, useMarket, useTransaction } from "./chain-hooks.js";
export { useMessages, useOthers, usePresence, useSelf, useStatus, useTyping } from "./room-hooks.js";
/** Return a room that is joined; suspends until then. @throws ParlourError where it is refused */
export declare const useRoom: UseRoom;
/** Gives a room that is joined to the hooks inside; suspends until then. */
export declare function RoomProvider({ children, id, ...options }: RoomProviderProps): ReactNode;
/** Return what `select` takes of a joined game's view. */
export declare function useGame<State, Selected>(room: Viewed<State>, select: (state: State) => Selected): Selected;
export declare function useGame<State>(room: Viewed<State>): State;
/** Return the public rooms that fit; suspends until they are here. @throws ParlourError where they are refused */
export declare function useLobby(options?: LobbyOptions): LobbyState;
