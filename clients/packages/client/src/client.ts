import { io } from "socket.io-client";
import { Connection, LostError, type SocketLike, type Status, type StatusChange } from "./connection/connection.js";
import type { ParlourError } from "./protocol/errors.js";
import { Listeners, type Listener, type Off } from "./connection/events.js";
import { Lobby, type LobbyOptions } from "./lobby/lobby.js";
import { Outbox } from "./connection/outbox.js";
import type {
  Entry,
  JsonObject,
  LobbyEvent,
  Notice,
  PresenceEvent,
  ReadEvent,
  RoomEnd,
  RoomId,
  RoomInfo,
  Signal,
  StateEvent,
  Welcome,
} from "./protocol/types.js";
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

const FIRST_CONNECTION = 30_000;

/** Connect to a Parlour server. Returns at once; requests wait for the connection, rooms survive losing it. */
export function connect(options: ConnectOptions = {}): Client {
  return new Client(options.createSocket?.() ?? createSocket(options), options.signer);
}

function createSocket({ url, token }: ConnectOptions): SocketLike {
  const readToken = (): string | undefined => (typeof token === "function" ? token() : token);
  const settings = {
    auth: (send: (auth: object) => void) => send({ ...(readToken() && { token: readToken() }), protocol: 1 }),
    autoConnect: false,
    forceNew: true,
    reconnection: false, // Connection does it, to honour `closing {retryAfter}`
    transports: ["websocket", "polling"],
    tryAllTransports: true,
  };
  return url === undefined ? io(settings) : io(url, settings);
}

/** One signed-in (or guest) connection and the rooms joined over it. */
export class Client {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #rooms = new Map<string, Room>();
  readonly #notices = new Listeners<Notice>();
  readonly #signer: PostSigner | undefined;
  #lobby: Lobby | undefined;

  constructor(socket: SocketLike, signer?: PostSigner) {
    this.#signer = signer;
    this.#connection = new Connection(socket);
    this.#outbox = new Outbox(this.#connection);
    this.#connection.changes.add((change) => this.#onChange(change));
    this.#route<Entry>("entry", (room, entry) => room.takeEntry(entry));
    this.#route<StateEvent>("state", (room, event) => room.takeState(event));
    this.#route<PresenceEvent>("presence", (room, event) => room.takePresence(event));
    this.#route<Signal>("signal", (room, signal) => room.takeSignal(signal));
    this.#route<ReadEvent>("read", (room, event) => room.takeRead(event));
    this.#route<RoomEnd>("room:closed", (room, end) => room.end(end));
    this.#route<RoomEnd>("room:removed", (room, end) => room.end(end));
    this.#connection.on<LobbyEvent>("lobby", (event) => this.#lobby?.take(event));
    this.#connection.on<Notice>("notice", (notice) => this.#notices.tell(notice));
  }

  get status(): Status {
    return this.#connection.status;
  }

  /** Why the connection is closed for good, once it is. */
  get error(): ParlourError | undefined {
    return this.#connection.error;
  }

  /** Posts not yet answered. */
  get unsent(): number {
    return this.#outbox.size;
  }

  /** The server's greeting: who this client is there, its limits. @throws ParlourError when refused. */
  ready(): Promise<Welcome> {
    return this.#connection.whenOnline(FIRST_CONNECTION);
  }

  /** Join a room, or join it again in another way: `as: "player"` takes a seat. One handle per room. */
  async joinRoom<State = unknown>(options: JoinOptions): Promise<Room<State>> {
    const key = options.room.toLowerCase();
    const room = this.#rooms.get(key) ?? this.#addRoom(key, options);
    for (;;) {
      try {
        await room.join(options);
        return room as Room<State>;
      } catch (error) {
        if (error instanceof LostError && error.reason === "disconnected") continue; // waits for the next connection
        if (!room.info) this.#rooms.delete(key);
        throw error;
      }
    }
  }

  async createRoom(options: CreateRoomOptions): Promise<RoomInfo> {
    const { room: id, ...rest } = options;
    const reply = await this.request<{ room: RoomInfo }>("room:create", id === undefined ? rest : { ...rest, id });
    return reply.room;
  }

  listRooms(options: ListRoomsOptions = {}): Promise<{ rooms: RoomInfo[]; cursor: string | null }> {
    return this.request("room:list", options);
  }

  /**
   * Keep a list of public rooms up to date, over every reconnect: `listener` gets it whole, first and after each change.
   * A client has one; another call ends the one before.
   */
  lobby(options: LobbyOptions, listener: Listener<readonly RoomInfo[]>): Off {
    this.#lobby?.end();
    const lobby = (this.#lobby = new Lobby(this.#connection, options, listener));
    if (this.status === "online") void lobby.ask();
    return () => {
      lobby.end();
      if (this.#lobby !== lobby) return;
      this.#lobby = undefined;
      this.#connection.tell("room:list", { live: false, limit: 1 });
    };
  }

  /** Any request of the protocol; answers the ack without `ok`. */
  request<Reply = JsonObject>(event: string, payload: object): Promise<Reply> {
    return this.#connection.request<Reply>(event, payload);
  }

  onStatus(listener: Listener<StatusChange>): Off {
    return this.#connection.changes.add(listener);
  }

  onNotice(listener: Listener<Notice>): Off {
    return this.#notices.add(listener);
  }

  close(): void {
    this.#connection.close();
  }

  #addRoom(key: string, options: JoinOptions): Room {
    const room = new Room(this.#connection, this.#outbox, options, this.#signer);
    room.onEnd(() => this.#rooms.delete(key));
    this.#rooms.set(key, room);
    return room;
  }

  /** Rooms first, then the posts: both are on the wire in this order before anything else. */
  #onChange({ status }: StatusChange): void {
    if (status === "closed") this.#outbox.fail(this.#connection.error!);
    if (status !== "online") return;
    for (const room of this.#rooms.values()) if (room.info) room.rejoin();
    void this.#lobby?.ask();
    this.#outbox.flush();
  }

  #route<Event extends { room: RoomId }>(event: string, take: (room: Room, event: Event) => void): void {
    this.#connection.on<Event>(event, (news) => {
      const room = this.#rooms.get(news.room.toLowerCase());
      if (room) take(room, news);
    });
  }
}
