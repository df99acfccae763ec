"use client";
/** The entry `@parlour/react/suspense`: the same hooks, of which those that wait suspend and throw what refuses them. */
import { createElement, type ReactNode } from "react";
import type { EnterOptions, LobbyOptions, Room, RoomId } from "@parlour/client";
import { useLobbyState, useOpenLobby, type LobbyState } from "./lists.js";
import { useGame as useGameNow, type Viewed } from "./room-hooks.js";
import { RoomProvider as Provider, useOpenRoom, useRoomWith, type RoomProviderProps, type UseRoom } from "./rooms.js";
import { all } from "./store.js";

export { ParlourProvider, useClient, useSession } from "./provider.js";
export { useMatch, useNotices } from "./lists.js";
export { useBalance, useChainEvents, useMarket, useTransaction } from "./chain-hooks.js";
export { useMessages, useOthers, usePresence, useSelf, useStatus, useTyping } from "./room-hooks.js";

/** Suspend until a room is joined. @throws ParlourError where it is refused */
function untilJoined({ status, ready, error, ended }: Room): void {
  if (error) throw error;
  if (ended === null && status.get() === "connecting") throw ready;
}

/** Return a room that is joined; suspends until then. @throws ParlourError where it is refused */
export const useRoom = ((id?: RoomId, options?: EnterOptions) => useRoomWith(untilJoined, id, options)) as UseRoom;

/** Gives a room that is joined to the hooks inside; suspends until then. */
export function RoomProvider({ children, id, ...options }: RoomProviderProps): ReactNode {
  untilJoined(useOpenRoom(id, options)!);
  return createElement(Provider, { id, ...options }, children);
}

/** Return what `select` takes of a joined game's view. */
export function useGame<State, Selected>(room: Viewed<State>, select: (state: State) => Selected): Selected;
export function useGame<State>(room: Viewed<State>): State;
export function useGame<State, Selected>(room: Viewed<State>, select?: (state: State) => Selected): Selected | State {
  const chosen = useGameNow(room, select ?? (all as (state: State) => State | Selected));
  if (chosen === undefined && room.view.get() === undefined)
    throw new Error("useGame: this room shows no view: it is no game, or is not joined.");
  return chosen as Selected | State;
}

/** Return the public rooms that fit; suspends until they are here. @throws ParlourError where they are refused */
export function useLobby(options: LobbyOptions = {}): LobbyState {
  const lobby = useOpenLobby(options);
  const refused = lobby.error.get();
  if (refused) throw refused;
  if (!lobby.here) throw lobby.ready;
  return useLobbyState(lobby);
}
