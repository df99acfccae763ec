import { createContext, createElement, useContext } from "react";
import { keep, useKept } from "./kept.js";
import { useClient } from "./provider.js";
import { all, needed, onceFor, useStore } from "./store.js";
const Context = createContext(null);
const roomsOf = onceFor((_) => keep((room) => room.release()));
/** Return a room that is joined while this component is shown, without hearing of it; no id, no room. */
export function useOpenRoom(room, options = {}) {
    const client = useClient();
    return useKept(roomsOf(client), room && [room, options], () => client.openRoom({ ...options, room }));
}
/** Return the room of the RoomProvider around; null outside of one. */
export function useRoomAround() {
    return useContext(Context);
}
/** Return the room given, or else that of the RoomProvider around. @throws Error where there is neither */
export function useRoomOr(given) {
    const around = useRoomAround();
    return needed(given ?? around, "RoomProvider");
}
/** Join or find a room; `wait` is called with it before anything is read of it. */
export function useRoomWith(wait, id, options = {}) {
    // A component either always names a room or never does: the order of hooks stays.
    const room = id === undefined ? useRoomOr(undefined) : useOpenRoom(id, options);
    wait(room);
    useStore(room.status, all, "connecting");
    return room;
}
/** Return a handle on a room at once; it shows when it is joined, lost and over. */
export const useRoom = ((id, options) => useRoomWith(() => undefined, id, options));
/** Gives a room to the hooks inside, which then need none. */
export function RoomProvider({ id, children, ...options }) {
    return createElement(Context.Provider, { value: useOpenRoom(id, options) }, children);
}
