import { deadSeqs } from "@parlour/client";
import { useAccount } from "./provider.js";
import { useOpenRoom, useRoomOr } from "./rooms.js";
import { useGame } from "./room-hooks.js";
import { all, fixed, useStore } from "./store.js";
const NO_ENTRIES = [];
/** Return the on-chain events of a room that stand, oldest first: those that a reorganisation undid are left out. */
export function useChainEvents(filter = {}, room) {
    const { event, chain, address } = filter;
    const wanted = address?.toLowerCase();
    const select = (entries) => {
        const dead = deadSeqs(entries);
        return entries.filter((entry) => entry.type === "chain.event" &&
            !dead.has(entry.seq) &&
            (event === undefined || entry.body?.event === event) &&
            (chain === undefined || entry.body?.chain === chain) &&
            (wanted === undefined || entry.body?.address.toLowerCase() === wanted));
    };
    return useStore(useRoomOr(room).entries, select, NO_ENTRIES, [event, chain, wanted]);
}
/** Return how a tracked transaction fares, by its hash; null before the room says so. `room.track` begins it. */
export function useTransaction(hash, room) {
    const wanted = hash?.toLowerCase();
    const isIt = (entry) => entry.type === "wallet.transaction" && entry.body?.hash.toLowerCase() === wanted;
    return useNewest(isIt, room, wanted);
}
/** Return what the server's operators announced last in a room, as far as its entries are held; null for nothing. */
export function useAnnouncement(room) {
    return useNewest((entry) => entry.type === "room.announced", room);
}
/** Return the body of the newest entry that fits, which `wanted` says beside the function. */
function useNewest(fits, room, wanted) {
    const newest = (entries) => (entries.findLast(fits)?.body ?? null);
    return useStore(useRoomOr(room).entries, newest, NO_ENTRIES, [wanted]);
}
/** What is read of a room that nobody opened. */
const NO_VIEW = { view: fixed(undefined) };
/** Return a balance of one's own that one's wallet room follows (its options `chains`, `tokens`); null where it does not. */
export function useBalance({ chain, token = "native" }) {
    const account = useAccount();
    const room = useOpenRoom(account ? `wallet:${account}` : null);
    const wanted = token.toLowerCase();
    const select = (view) => Object.entries(view?.balances[chain] ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1] ?? null;
    return useStore((room ?? NO_VIEW).view, select, undefined, [chain, wanted]);
}
export function useMarket(room, select) {
    return useGame(useOpenRoom(room), select ?? all);
}
