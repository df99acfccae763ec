"use client";
/** The entry `@parlour/react/suspense`: the same hooks, of which those that wait suspend and throw what refuses them. */
import { createElement } from "react";
import { useLobbyState, useOpenLobby } from "./lists.js";
import { useGame as useGameNow } from "./room-hooks.js";
import { RoomProvider as Provider, useOpenRoom, useRoomWith } from "./rooms.js";
import { all } from "./store.js";
export { ParlourProvider, useClient, useSession } from "./provider.js";
export { useMatch, useNotices } from "./lists.js";
export { useBalance, useChainEvents, useMarket, useTransaction } from "./chain-hooks.js";
export { useMessages, useOthers, usePresence, useSelf, useStatus, useTyping } from "./room-hooks.js";
/** Suspend until a room is joined. @throws ParlourError where it is refused */
function untilJoined({ status, ready, error, ended }) {
    if (error)
        throw error;
    if (ended === null && status.get() === "connecting")
        throw ready;
}
/** Return a room that is joined; suspends until then. @throws ParlourError where it is refused */
export const useRoom = ((id, options) => useRoomWith(untilJoined, id, options));
/** Gives a room that is joined to the hooks inside; suspends until then. */
export function RoomProvider({ children, id, ...options }) {
    untilJoined(useOpenRoom(id, options));
    return createElement(Provider, { id, ...options }, children);
}
export function useGame(room, select) {
    const chosen = useGameNow(room, select ?? all);
    if (chosen === undefined && room.view.get() === undefined)
        throw new Error("useGame: this room shows no view: it is no game, or is not joined.");
    return chosen;
}
/** Return the public rooms that fit; suspends until they are here. @throws ParlourError where they are refused */
export function useLobby(options = {}) {
    const lobby = useOpenLobby(options);
    const refused = lobby.error.get();
    if (refused)
        throw refused;
    if (!lobby.here)
        throw lobby.ready;
    return useLobbyState(lobby);
}
