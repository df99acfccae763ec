import type { ErrorHook } from "../connection/events.js";
import type { Member } from "../protocol/types.js";
import { type Listing } from "../store/listing.js";
import type { Membership } from "./joining.js";
import type { RoomRequests } from "./requests.js";
/** List every account with a role in a room; as a store, again at every join and whenever a role changes. */
export declare function membersOf(room: RoomRequests, membership: Membership, onError: ErrorHook): Listing<Member[]>;
