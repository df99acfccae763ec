import { listing } from "../store/listing.js";
/** List every account with a role in a room; as a store, again at every join and whenever a role changes. */
export function membersOf(room, membership, onError) {
    const { status, listeners } = membership;
    const follow = (again) => {
        const ask = () => status.get() === "online" && again();
        const offs = [
            status.subscribe(ask),
            listeners.entry.add(({ type }) => /^(member\.|room\.transferred$)/.test(type) && ask()),
        ];
        ask();
        return () => offs.forEach((off) => off());
    };
    return listing(() => readMembers(room), [], follow, onError);
}
/** Read all pages, the highest roles first. */
async function readMembers(room) {
    const members = [];
    for (let cursor; cursor !== null;) {
        const asked = cursor === undefined ? {} : { cursor };
        const page = await room.request("room:members", asked);
        members.push(...page.members);
        ({ cursor } = page);
    }
    return members;
}
