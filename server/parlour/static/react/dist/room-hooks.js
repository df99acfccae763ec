import { useMemo } from "react";
import { useAccount, useClient } from "./provider.js";
import { useRoomAround, useRoomOr } from "./rooms.js";
import { all, fixed, useStore } from "./store.js";
const NOBODY = { v: 0, count: 0 };
const NO_MESSAGES = [];
const NO_ACCOUNTS = [];
const NOWHERE = fixed(NOBODY);
/** Return who this is here, and in a room its role and seat; null before the server has said. */
export function useSelf(given) {
    const account = useAccount();
    const around = useRoomAround();
    const room = given ?? around;
    const place = () => (room ? { role: room.role, seat: room.seat } : {});
    const here = useStore(room?.presence ?? NOWHERE, place, NOBODY, [room]); // every join brings a presence
    return useMemo(() => (account === undefined ? null : { account, ...here }), [account, here]);
}
/** Return who is in a room now. */
export function usePresence(room) {
    return useStore(useRoomOr(room).presence, readPresence, NOBODY);
}
function readPresence({ v: _, ...presence }) {
    return { ...presence, members: presence.members ?? NO_ACCOUNTS };
}
/** Return who else is in a room now. */
export function useOthers(room) {
    const me = useAccount();
    const others = ({ members = [] }) => members.filter((one) => one !== me);
    return useStore(useRoomOr(room).presence, others, NOBODY, [me]);
}
/** Return the chat messages of a room, with edits, deletions, reactions and pins folded in. */
export function useMessages(room) {
    return useStore(useRoomOr(room).messages, all, NO_MESSAGES);
}
/** Return who is typing in a room. */
export function useTyping(room) {
    return useStore(useRoomOr(room).typing, all, NO_ACCOUNTS);
}
export function useGame({ view }, select) {
    const read = (state) => state === undefined || !select ? state : select(state);
    return useStore(view, read, undefined, [select]);
}
export function useStatus(room) {
    const client = useClient();
    return useStore(room?.status ?? client.status, all, "connecting");
}
