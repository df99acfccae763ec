import { type EntryOf, type Hex, type MarketState, type RoomId } from "@parlour/client";
import type { Finality, RoomAnnounced, WalletTransaction } from "@parlour/client";
import { type Part } from "./rooms.js";
export interface EventFilter {
    /** The event's name. */
    event?: string;
    chain?: number;
    address?: string;
}
/** Return the on-chain events of a room that stand, oldest first: those that a reorganisation undid are left out. */
export declare function useChainEvents(filter?: EventFilter, room?: Part<"entries">): readonly EntryOf<"chain.event">[];
/** Return how a tracked transaction fares, by its hash; null before the room says so. `room.track` begins it. */
export declare function useTransaction(hash: Hex | null | undefined, room?: Part<"entries">): WalletTransaction | null;
/** Return what the server's operators announced last in a room, as far as its entries are held; null for nothing. */
export declare function useAnnouncement(room?: Part<"entries">): RoomAnnounced | null;
export interface Balance {
    /** In the smallest unit; null where the token gave no answer. */
    balance: string | null;
    status: Finality;
    block: {
        number: number;
        hash: Hex;
    };
}
/** Return a balance of one's own that one's wallet room follows (its options `chains`, `tokens`); null where it does not. */
export declare function useBalance({ chain, token }: {
    chain: number;
    token?: string;
}): Balance | null;
/** Return a market as its room shows it, or what `select` takes of it; undefined before it is joined. */
export declare function useMarket(room: RoomId): MarketState | undefined;
export declare function useMarket<Selected>(room: RoomId, select: (market: MarketState) => Selected): Selected | undefined;
