import { type Status, type StatusChange } from "./connection/connection.js";
import { type ErrorHook, type Listener, type Off } from "./connection/events.js";
import { type PostStore } from "./connection/outbox.js";
import { type SocketLike, type SocketPlace, type SocketSettings } from "./connection/socket.js";
import { type TokenOption } from "./connection/tokens.js";
import { type RetryOptions } from "./connection/retry.js";
import { type FindMatchOptions, type MatchSearch } from "./matching/search.js";
import { type Lobby } from "./lobby/lobby.js";
import type { LobbyOptions } from "./lobby/list.js";
import { AccountRequests } from "./people/requests.js";
import { ParlourError } from "./protocol/errors.js";
import type { ActionsOf, KindName, Kinds, OpenKind, OptionsOf, ViewOf } from "./protocol/registry.js";
import type { Answer, JsonObject, MatchFound, Notice, RequestName, Requests, RoomId, RoomInfo, Signal, Welcome } from "./protocol/types.js";
import type { CreateRoomOptions, JoinOptions, ListRoomsOptions, PostSigner, SearchOptions } from "./rooms/options.js";
import { Room } from "./rooms/room.js";
import type { Store } from "./store/store.js";
export interface ConnectOptions extends SocketPlace {
    /** A session's token, a function asked before every socket, or a `SessionManager`; none: a guest. */
    token?: TokenOption;
    /** Signs posts in `signed` rooms. */
    signer?: PostSigner;
    /** Keeps posts without an answer beyond this page, such as `keepPosts()` of `@parlour/client/local`. */
    posts?: PostStore;
    /** Receives what a listener throws; default: `reportError`, or `console.error` where there is none. */
    onError?: ErrorHook;
    /** How long to wait before trying again; by default half a second at first, 15 s at most. */
    retry?: RetryOptions;
    /** For tests, other transports, and `shareSocket()` of `@parlour/client/local`; `own` makes this client's own. */
    createSocket?: (settings: SocketSettings, own: () => SocketLike) => SocketLike;
}
/**
 * Make a client of a Parlour server. Returns at once; the first use opens the connection, requests wait for it, and
 * rooms survive losing it. @throws ParlourError without a url outside a browser.
 */
export declare function connect(options?: ConnectOptions): Client;
/** One signed-in (or guest) connection and the rooms joined over it; made by `connect`. */
export declare class Client extends AccountRequests {
    #private;
    /** Whether there is a connection; `closed` is for good. */
    readonly status: Store<Status>;
    /** The server's last greeting: who this client is there, its limits; null before the first. */
    readonly me: Store<Welcome | null>;
    /** Why the connection is closed for good; undefined before. */
    get error(): ParlourError | undefined;
    /** Why there is no connection now, as far as it is known; undefined while there is one. */
    get trouble(): ParlourError | undefined;
    /** Posts not yet answered. */
    get unsent(): number;
    /** Open the connection; resolves to the server's greeting. @throws ParlourError when refused, or after 30 s. */
    ready(): Promise<Welcome>;
    /**
     * Return a handle on a room at once, and join the room as soon as possible: `ready` resolves then. `release` the
     * handle after use. Handles of one room share one join; another `as` than before joins again.
     */
    openRoom<Kind extends KindName>(options: JoinOptions & {
        kind: Kind;
    }): Room<ViewOf<Kinds[Kind]>, ActionsOf<Kinds[Kind]>>;
    openRoom<State = unknown>(options: JoinOptions & {
        kind?: OpenKind;
    }): Room<State>;
    /** Join a room and return a handle on it, as `openRoom` does. @throws ParlourError when refused, or after 30 s. */
    joinRoom<Kind extends KindName>(options: JoinOptions & {
        kind: Kind;
    }): Promise<Room<ViewOf<Kinds[Kind]>, ActionsOf<Kinds[Kind]>>>;
    joinRoom<State = unknown>(options: JoinOptions & {
        kind?: OpenKind;
    }): Promise<Room<State>>;
    /** Create a room, without joining it. @throws ParlourError */
    createRoom<Kind extends KindName>(options: CreateRoomOptions<Kind, OptionsOf<Kinds[Kind]>>): Promise<RoomInfo>;
    createRoom(options: CreateRoomOptions<OpenKind>): Promise<RoomInfo>;
    /** Return a page of the public rooms, or of mine. @throws ParlourError */
    listRooms(options?: ListRoomsOptions): Promise<Answer<"room:list">>;
    /**
     * Return a page of messages that hold the words of `query`, in these rooms or in all of mine; a document that holds
     * them is there as its newest edit. @throws ParlourError
     */
    search(query: string, options?: SearchOptions & {
        rooms?: RoomId[];
    }): Promise<Answer<"search">>;
    /** Open a list of public rooms that is kept up to date until it is closed. Several may be open. */
    lobby(options?: LobbyOptions): Lobby;
    /** Look for a table of a game, until it is found or cancelled. */
    findMatch(options: FindMatchOptions): MatchSearch;
    /** Look up one transaction, block or account on a chain that the server follows. @throws ParlourError */
    lookup(options: Requests["chain:lookup"]): Promise<Answer<"chain:lookup">>;
    /** Send any request of the protocol and return its ack without `ok`. @throws ParlourError */
    request<Name extends RequestName>(event: Name, payload: Requests[Name]): Promise<Answer<Name>>;
    request<Reply = JsonObject>(event: string, payload: object): Promise<Reply>;
    /** Hear every change of `status` with its reason. */
    onStatus(listener: Listener<StatusChange>): Off;
    /** Hear what concerns this account in any room: mentions, invitations, turns. */
    onNotice(listener: Listener<Notice>): Off;
    /** Hear every signal of this connection, those of rooms that are not joined too. */
    onSignal(listener: Listener<Signal>): Off;
    /** Hear of every table that is found for this account, as its party's leader may have looked for it. */
    onMatch(listener: Listener<MatchFound>): Off;
    /** Close the connection for good; its rooms and lists end. */
    close(): void;
}
