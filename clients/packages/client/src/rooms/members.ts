import type { ErrorHook } from "../connection/events.js";
import type { Member } from "../protocol/types.js";
import { listing, type Listing } from "../store/listing.js";
import type { Membership } from "./joining.js";
import type { RoomRequests } from "./requests.js";

/** List every account with a role in a room; as a store, again at every join and whenever a role changes. */
export function membersOf(room: RoomRequests, membership: Membership, onError: ErrorHook): Listing<Member[]> {
  const { status, listeners } = membership;
  const follow = (again: () => void): (() => void) => {
    const ask = (): unknown => status.get() === "online" && again();
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
async function readMembers(room: RoomRequests): Promise<Member[]> {
  const members: Member[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const asked = cursor === undefined ? {} : { cursor };
    const page = await room.request<{ members: Member[]; cursor: string | null }>("room:members", asked);
    members.push(...page.members);
    ({ cursor } = page);
  }
  return members;
}
