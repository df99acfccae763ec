import { Connection, type Follower, type Status, type StatusChange } from "./connection/connection.js";
import { Listeners, reportUncaught, type ErrorHook, type Listener, type Off } from "./connection/events.js";
import { randomId } from "./connection/ids.js";
import { Outbox, type PostStore } from "./connection/outbox.js";
import {
  createSocket,
  pageOrigin,
  SOCKET_SETTINGS,
  type SocketLike,
  type SocketPlace,
  type SocketSettings,
} from "./connection/socket.js";
import { toTokenSource, type TokenOption } from "./connection/tokens.js";
import { pauses, type RetryOptions } from "./connection/retry.js";
import { Searches, type FindMatchOptions, type MatchSearch } from "./matching/search.js";
import { Lobbies, type Lobby } from "./lobby/lobby.js";
import type { LobbyOptions } from "./lobby/list.js";
import { AccountRequests } from "./people/requests.js";
import { ParlourError } from "./protocol/errors.js";
import type { ActionsOf, KindName, Kinds, OpenKind, OptionsOf, ViewOf } from "./protocol/registry.js";
import type {
  Answer,
  Events,
  JsonObject,
  MatchFound,
  Notice,
  RequestName,
  Requests,
  RoomId,
  RoomInfo,
  Signal,
  Welcome,
} from "./protocol/types.js";
import { Membership } from "./rooms/joining.js";
import type { CreateRoomOptions, JoinOptions, ListRoomsOptions, PostSigner, SearchOptions } from "./rooms/options.js";
import { Room, type Sending } from "./rooms/room.js";
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

type RoomEvent = "entry" | "state" | "presence" | "signal" | "read" | "room:closed" | "room:removed";

/** Milliseconds for the first connection. */
const FIRST_CONNECTION = 30_000;

/**
 * Make a client of a Parlour server. Returns at once; the first use opens the connection, requests wait for it, and
 * rooms survive losing it. @throws ParlourError without a url outside a browser.
 */
export function connect(options: ConnectOptions = {}): Client {
  const own = (): SocketLike => createSocket(options);
  return new Client(options.createSocket?.(SOCKET_SETTINGS, own) ?? own(), options);
}

/** One signed-in (or guest) connection and the rooms joined over it; made by `connect`. */
export class Client extends AccountRequests {
  /** Whether there is a connection; `closed` is for good. */
  readonly status: Store<Status>;
  /** The server's last greeting: who this client is there, its limits; null before the first. */
  readonly me: Store<Welcome | null>;
  readonly #connection: Connection;
  readonly #sending: Sending;
  readonly #lobbies: Lobbies;
  readonly #searches: Searches;
  readonly #rooms = new Map<string, Membership>();
  readonly #notices: Listeners<Notice>;
  readonly #signals: Listeners<Signal>;

  /** @internal */
  constructor(socket: SocketLike, options: ConnectOptions) {
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
  get error(): ParlourError | undefined {
    return this.#connection.error;
  }

  /** Why there is no connection now, as far as it is known; undefined while there is one. */
  get trouble(): ParlourError | undefined {
    return this.#connection.error ?? this.#connection.trouble;
  }

  /** Posts not yet answered. */
  get unsent(): number {
    return this.#sending.outbox.size;
  }

  /** Open the connection; resolves to the server's greeting. @throws ParlourError when refused, or after 30 s. */
  ready(): Promise<Welcome> {
    return this.#connection.whenOnline(FIRST_CONNECTION);
  }

  // ── rooms ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Return a handle on a room at once, and join the room as soon as possible: `ready` resolves then. `release` the
   * handle after use. Handles of one room share one join; another `as` than before joins again.
   */
  openRoom<Kind extends KindName>(
    options: JoinOptions & { kind: Kind },
  ): Room<ViewOf<Kinds[Kind]>, ActionsOf<Kinds[Kind]>>;
  openRoom<State = unknown>(options: JoinOptions & { kind?: OpenKind }): Room<State>;
  openRoom(options: JoinOptions & { kind?: string }): Room {
    return this.#open(options, true);
  }

  /** Join a room and return a handle on it, as `openRoom` does. @throws ParlourError when refused, or after 30 s. */
  joinRoom<Kind extends KindName>(
    options: JoinOptions & { kind: Kind },
  ): Promise<Room<ViewOf<Kinds[Kind]>, ActionsOf<Kinds[Kind]>>>;
  joinRoom<State = unknown>(options: JoinOptions & { kind?: OpenKind }): Promise<Room<State>>;
  joinRoom(options: JoinOptions & { kind?: string }): Promise<Room> {
    return this.#open(options, false).ready;
  }

  /** Create a room, without joining it. @throws ParlourError */
  createRoom<Kind extends KindName>(options: CreateRoomOptions<Kind, OptionsOf<Kinds[Kind]>>): Promise<RoomInfo>;
  createRoom(options: CreateRoomOptions<OpenKind>): Promise<RoomInfo>;
  async createRoom({ room: id, ...rest }: CreateRoomOptions<string, unknown>): Promise<RoomInfo> {
    const create = async (own: RoomId): Promise<RoomInfo> =>
      (await this.request<{ room: RoomInfo }>("room:create", { ...rest, id: own })).room;
    if (id !== undefined) return create(id);
    try {
      return await create(randomId());
    } catch (error) {
      const account = this.me.get()?.account;
      if (!account || !(error instanceof ParlourError && error.reason === "room_ids")) throw error;
      return create(`${account}.${randomId()}`); // PARLOUR_ROOM_IDS=own: ids start with their owner's account
    }
  }

  /** Return a page of the public rooms, or of mine. @throws ParlourError */
  listRooms(options: ListRoomsOptions = {}): Promise<Answer<"room:list">> {
    return this.request("room:list", options);
  }

  /**
   * Return a page of messages that hold the words of `query`, in these rooms or in all of mine; a document that holds
   * them is there as its newest edit. @throws ParlourError
   */
  search(query: string, options: SearchOptions & { rooms?: RoomId[] } = {}): Promise<Answer<"search">> {
    return this.request("search", { query, ...options });
  }

  /** Open a list of public rooms that is kept up to date until it is closed. Several may be open. */
  lobby(options: LobbyOptions = {}): Lobby {
    return this.#lobbies.open(options);
  }

  /** Look for a table of a game, until it is found or cancelled. */
  findMatch(options: FindMatchOptions): MatchSearch {
    return this.#searches.open(options);
  }

  /** Look up one transaction, block or account on a chain that the server follows. @throws ParlourError */
  lookup(options: Requests["chain:lookup"]): Promise<Answer<"chain:lookup">> {
    return this.request("chain:lookup", options);
  }

  /** Send any request of the protocol and return its ack without `ok`. @throws ParlourError */
  request<Name extends RequestName>(event: Name, payload: Requests[Name]): Promise<Answer<Name>>;
  request<Reply = JsonObject>(event: string, payload: object): Promise<Reply>;
  request(event: string, payload: object): Promise<unknown> {
    return this.#connection.request(event, payload);
  }

  // ── hearing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Hear every change of `status` with its reason. */
  onStatus(listener: Listener<StatusChange>): Off {
    this.#connection.open();
    return this.#connection.changes.add(listener);
  }

  /** Hear what concerns this account in any room: mentions, invitations, turns. */
  onNotice(listener: Listener<Notice>): Off {
    this.#connection.open();
    return this.#notices.add(listener);
  }

  /** Hear every signal of this connection, those of rooms that are not joined too. */
  onSignal(listener: Listener<Signal>): Off {
    this.#connection.open();
    return this.#signals.add(listener);
  }

  /** Hear of every table that is found for this account, as its party's leader may have looked for it. */
  onMatch(listener: Listener<MatchFound>): Off {
    this.#connection.open();
    return this.#searches.found.add(listener);
  }

  /** Close the connection for good; its rooms and lists end. */
  close(): void {
    this.#connection.close();
  }

  #open({ room: id, kind: _, ...options }: JoinOptions & { kind?: string }, patient: boolean): Room {
    const key = id.toLowerCase();
    const known = this.#rooms.get(key);
    const membership =
      known ?? new Membership(id, this.#connection, this.#sending.onError, () => this.#rooms.delete(key));
    if (!known) this.#rooms.set(key, membership);
    return new Room(membership, this.#sending, options, patient);
  }

  /** Join rooms first, then send posts: they are on the wire in this order before anything else. */
  #follower(): Follower {
    return {
      opened: () => {
        for (const room of this.#rooms.values()) room.reconnected();
        this.#lobbies.opened();
        this.#searches.opened();
        void this.#sending.outbox.opened(this.#connection.me.get()?.account ?? "");
      },
      lost: () => {
        for (const room of this.#rooms.values()) room.disconnected();
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

  #route<Name extends RoomEvent>(event: Name, receive: (room: Membership, news: Events[Name]) => void): void {
    this.#connection.on(event, (news) => {
      const room = this.#rooms.get(news.room.toLowerCase());
      if (room) receive(room, news);
    });
  }

  /** Make a store that opens the connection when it is subscribed to. */
  #opening<Value>({ get, subscribe }: Store<Value>): Store<Value> {
    return { get, subscribe: (listener) => (this.#connection.open(), subscribe(listener)) };
  }
}
