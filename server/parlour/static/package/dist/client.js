import { Connection } from "./connection/connection.js";
import { Listeners, reportUncaught } from "./connection/events.js";
import { randomId } from "./connection/ids.js";
import { Outbox } from "./connection/outbox.js";
import { createSocket, pageOrigin, SOCKET_SETTINGS, } from "./connection/socket.js";
import { toTokenSource } from "./connection/tokens.js";
import { pauses } from "./connection/retry.js";
import { Searches } from "./matching/search.js";
import { Lobbies } from "./lobby/lobby.js";
import { AccountRequests } from "./people/requests.js";
import { ParlourError } from "./protocol/errors.js";
import { Membership } from "./rooms/joining.js";
import { Room } from "./rooms/room.js";
/** Milliseconds for the first connection. */
const FIRST_CONNECTION = 30_000;
/**
 * Make a client of a Parlour server. Returns at once; the first use opens the connection, requests wait for it, and
 * rooms survive losing it. @throws ParlourError without a url outside a browser.
 */
export function connect(options = {}) {
    const own = () => createSocket(options);
    return new Client(options.createSocket?.(SOCKET_SETTINGS, own) ?? own(), options);
}
/** One signed-in (or guest) connection and the rooms joined over it; made by `connect`. */
export class Client extends AccountRequests {
    /** Whether there is a connection; `closed` is for good. */
    status;
    /** The server's last greeting: who this client is there, its limits; null before the first. */
    me;
    #connection;
    #sending;
    #lobbies;
    #searches;
    #rooms = new Map();
    #notices;
    #signals;
    /** @internal */
    constructor(socket, options) {
        const { token, signer, posts, onError = reportUncaught, url = pageOrigin(), retry } = options;
        const connection = new Connection(socket, toTokenSource(token), onError, url, pauses(retry));
        super(connection, onError);
        this.#connection = connection;
        this.#sending = { connection, outbox: new Outbox(connection, posts, onError), signer, onError };
        this.#lobbies = new Lobbies(connection, onError);
        this.#searches = new Searches(connection, onError);
        this.#notices = new Listeners(onError);
        this.#signals = new Listeners(onError);
        this.status = this.#opening(connection.status);
        this.me = this.#opening(connection.me);
        connection.follow(this.#follower());
        this.#route("entry", (room, entry) => room.receiveEntry(entry));
        this.#route("state", (room, event) => room.receiveState(event));
        this.#route("presence", (room, event) => room.receivePresence(event));
        this.#route("signal", (room, signal) => room.receiveSignal(signal));
        this.#route("read", (room, event) => room.receiveRead(event));
        this.#route("room:closed", (room, end) => room.end(end, undefined, "closed"));
        this.#route("room:removed", (room, end) => room.end(end));
        connection.on("lobby", (event) => this.#lobbies.receive(event));
        connection.on("notice", (notice) => this.#notices.notify(notice));
        connection.on("signal", (signal) => this.#signals.notify(signal));
    }
    /** Why the connection is closed for good; undefined before. */
    get error() {
        return this.#connection.error;
    }
    /** Why there is no connection now, as far as it is known; undefined while there is one. */
    get trouble() {
        return this.#connection.error ?? this.#connection.trouble;
    }
    /** Posts not yet answered. */
    get unsent() {
        return this.#sending.outbox.size;
    }
    /** Open the connection; resolves to the server's greeting. @throws ParlourError when refused, or after 30 s. */
    ready() {
        return this.#connection.whenOnline(FIRST_CONNECTION);
    }
    openRoom(options) {
        return this.#open(options, true);
    }
    joinRoom(options) {
        return this.#open(options, false).ready;
    }
    async createRoom({ room: id, ...rest }) {
        const create = async (own) => (await this.request("room:create", { ...rest, id: own })).room;
        if (id !== undefined)
            return create(id);
        try {
            return await create(randomId());
        }
        catch (error) {
            const account = this.me.get()?.account;
            if (!account || !(error instanceof ParlourError && error.reason === "room_ids"))
                throw error;
            return create(`${account}.${randomId()}`); // PARLOUR_ROOM_IDS=own: ids start with their owner's account
        }
    }
    /** Return a page of the public rooms, or of mine. @throws ParlourError */
    listRooms(options = {}) {
        return this.request("room:list", options);
    }
    /**
     * Return a page of messages that hold the words of `query`, in these rooms or in all of mine; a document that holds
     * them is there as its newest edit. @throws ParlourError
     */
    search(query, options = {}) {
        return this.request("search", { query, ...options });
    }
    /** Open a list of public rooms that is kept up to date until it is closed. Several may be open. */
    lobby(options = {}) {
        return this.#lobbies.open(options);
    }
    /** Look for a table of a game, until it is found or cancelled. */
    findMatch(options) {
        return this.#searches.open(options);
    }
    /** Look up one transaction, block or account on a chain that the server follows. @throws ParlourError */
    lookup(options) {
        return this.request("chain:lookup", options);
    }
    request(event, payload) {
        return this.#connection.request(event, payload);
    }
    // ── hearing ───────────────────────────────────────────────────────────────────────────────────────────────────
    /** Hear every change of `status` with its reason. */
    onStatus(listener) {
        this.#connection.open();
        return this.#connection.changes.add(listener);
    }
    /** Hear what concerns this account in any room: mentions, invitations, turns. */
    onNotice(listener) {
        this.#connection.open();
        return this.#notices.add(listener);
    }
    /** Hear every signal of this connection, those of rooms that are not joined too. */
    onSignal(listener) {
        this.#connection.open();
        return this.#signals.add(listener);
    }
    /** Hear of every table that is found for this account, as its party's leader may have looked for it. */
    onMatch(listener) {
        this.#connection.open();
        return this.#searches.found.add(listener);
    }
    /** Close the connection for good; its rooms and lists end. */
    close() {
        this.#connection.close();
    }
    #open({ room: id, kind: _, ...options }, patient) {
        const key = id.toLowerCase();
        const known = this.#rooms.get(key);
        const membership = known ?? new Membership(id, this.#connection, this.#sending.onError, () => this.#rooms.delete(key));
        if (!known)
            this.#rooms.set(key, membership);
        return new Room(membership, this.#sending, options, patient);
    }
    /** Join rooms first, then send posts: they are on the wire in this order before anything else. */
    #follower() {
        return {
            opened: () => {
                for (const room of this.#rooms.values())
                    room.reconnected();
                this.#lobbies.opened();
                this.#searches.opened();
                void this.#sending.outbox.opened(this.#connection.me.get()?.account ?? "");
            },
            lost: () => {
                for (const room of this.#rooms.values())
                    room.disconnected();
            },
            failed: (error) => {
                this.#sending.outbox.fail(error);
                this.#lobbies.failed(error);
                this.#searches.failed(error);
                for (const room of [...this.#rooms.values()])
                    room.end({ room: room.id, reason: error.reason ?? error.code }, error);
            },
        };
    }
    #route(event, receive) {
        this.#connection.on(event, (news) => {
            const room = this.#rooms.get(news.room.toLowerCase());
            if (room)
                receive(room, news);
        });
    }
    /** Make a store that opens the connection when it is subscribed to. */
    #opening({ get, subscribe }) {
        return { get, subscribe: (listener) => (this.#connection.open(), subscribe(listener)) };
    }
}
