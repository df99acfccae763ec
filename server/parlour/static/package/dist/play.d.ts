/** Parties, ratings and boards (protocol section 15); to look for a table is `client.findMatch`. */
import type { Client } from "./client.js";
import type { Account, Answer, RatingInfo, Requests, RoomId, RoomInfo } from "./protocol/types.js";
import type { Room } from "./rooms/room.js";
export interface PartyOptions {
    /** The game it will play. */
    kind: string;
    /** How many it may hold. */
    size: number;
    /** The id; drawn at random by default, so that asking again after a lost answer is safe. */
    room?: RoomId;
}
/** Make a party and return its room, which others join by `room.invite`; its leader looks by `findMatch({ party })`. */
export declare function createParty(client: Client, { room: id, ...rest }: PartyOptions): Promise<RoomInfo>;
/** Tell one's party that one is ready to play, or is not. @throws ParlourError */
export declare function ready(party: Room, on?: boolean): Promise<void>;
/** Return what accounts, at most 100, are rated in a kind; whoever has not played it has no rank. @throws ParlourError */
export declare function ratings(client: Client, kind: string, accounts: readonly Account[]): Promise<Record<Account, RatingInfo>>;
/** Return a page of a board: from the top, from a cursor, or with an account in its middle. @throws ParlourError */
export declare function board(client: Client, id: string, options?: Omit<Requests["board:read"], "board">): Promise<Answer<"board:read">>;
