import { type SocketLike, type Status, type StatusChange } from "./connection/connection.js";
import type { ParlourError } from "./protocol/errors.js";
import { type Listener, type Off } from "./connection/events.js";
import { type LobbyOptions } from "./lobby/lobby.js";
import type { JsonObject, Notice, RoomId, RoomInfo, Welcome } from "./protocol/types.js";
import { Room, type JoinOptions, type PostSigner } from "./rooms/room.js";
export interface ConnectOptions {
    /** The server's address; default: where this page came from. */
    url?: string;
    /** A session's token, or a function asked before every (re)connect; none: a guest. */
    token?: string | (() => string | undefined);
    /** Signs posts in `signed` rooms. */
    signer?: PostSigner;
    /** For tests and other transports. */
    createSocket?: () => SocketLike;
}
export interface CreateRoomOptions {
    kind: string;
    room?: RoomId;
    title?: string;
    options?: JsonObject;
    visibility?: "public" | "private";
    signed?: boolean;
}
export interface ListRoomsOptions {
    kind?: string;
    query?: string;
    open?: boolean;
    mine?: boolean;
    cursor?: string;
    limit?: number;
}
/** Connect to a Parlour server. Returns at once; requests wait for the connection, rooms survive losing it. */
export declare function connect(options?: ConnectOptions): Client;
/** One signed-in (or guest) connection and the rooms joined over it. */
export declare class Client {
    #private;
    constructor(socket: SocketLike, signer?: PostSigner);
    get status(): Status;
    /** Why the connection is closed for good, once it is. */
    get error(): ParlourError | undefined;
    /** Posts not yet answered. */
    get unsent(): number;
    /** The server's greeting: who this client is there, its limits. @throws ParlourError when refused. */
    ready(): Promise<Welcome>;
    /** Join a room, or join it again in another way: `as: "player"` takes a seat. One handle per room. */
    joinRoom<State = unknown>(options: JoinOptions): Promise<Room<State>>;
    createRoom(options: CreateRoomOptions): Promise<RoomInfo>;
    listRooms(options?: ListRoomsOptions): Promise<{
        rooms: RoomInfo[];
        cursor: string | null;
    }>;
    /**
     * Keep a list of public rooms up to date, over every reconnect: `listener` gets it whole, first and after each change.
     * A client has one; another call ends the one before.
     */
    lobby(options: LobbyOptions, listener: Listener<readonly RoomInfo[]>): Off;
    /** Any request of the protocol; answers the ack without `ok`. */
    request<Reply = JsonObject>(event: string, payload: object): Promise<Reply>;
    onStatus(listener: Listener<StatusChange>): Off;
    onNotice(listener: Listener<Notice>): Off;
    close(): void;
}
