/**
 * The wire, version 1, as the server's own registry has it (docs/protocol.md is the prose).
 *
 * Made by `parlour schema protocol --lang ts`; do not edit. `at` and every `…At` are milliseconds since 1970 UTC.
 */

export type Hex = `0x${string}`;
export type JsonObject = Record<string, unknown>;

/** What the server calls itself. */
export interface About {
  name: string;
  version: string;
}

/** An EIP-55 address, a CAIP-10 id, `app:<key>` for an API key, or "" for the server, the chain and guests. */
export type Account = string;

/** Block an account, or no longer; nobody else is told. */
export interface AccountBlock {
  account: string;
  on: boolean;
}

/** List whom one blocks. */
export interface AccountBlocks {
}

/** Change one's profile: the keys that are named; an empty one is taken off. */
export interface AccountProfile {
  name?: string | null;
  /** The hash of a picture. */
  avatar?: string | null;
  bio?: string | null;
  /** Whether a program acts for this account. */
  bot?: boolean | null;
}

/** Read profiles. */
export interface AccountProfiles {
  accounts: string[];
}

/** Be pushed to in this browser, or no longer. */
export interface AccountPush {
  subscription: PushTarget;
  on?: boolean;
}

/** Say how one is, to the people of the rooms one is in. */
export interface AccountStatus {
  status: "active" | "idle" | "busy";
  text?: string | null;
  /** When (ms) one is active again. */
  until?: number | null;
}

/** The ack of a request that was sent with a number; only for clients that asked for `frames`. */
export interface AckEvent {
  /** The request's number. */
  n: number;
  /** What its ack callback would get. */
  answer: JsonObject;
}

/** The first entry that an act led to. */
export interface ActReply {
  seq: number;
}

/** What players may do in a game. */
export interface ActionFacts {
  /** What the author wrote of it; may be empty. */
  description: string;
  /** JSON Schema of what the action takes. */
  args: JsonObject;
  /** Whether others get its entry redacted at first. */
  hidden: boolean;
  /** Whether it may be done out of turn. */
  anytime: boolean;
}

/** An account or a contract that a message is about. */
export interface AddressCard {
  chain: number;
  address: Hex;
}

/** Somebody who belongs to a room, has a role in it or is banned from it. */
export interface AdminMember {
  account: Account;
  /** Given to them; null for none. */
  role: string | null;
  joinedAt: number | null;
  read: number;
  bannedUntil?: number;
}

/** A message that was found. */
export interface AdminMessage {
  room: RoomId;
  entry: Entry;
}

/** Messages that hold all words, newest first; without a cursor it is the last page. */
export interface AdminMessagesReply {
  found: AdminMessage[];
  cursor: string | null;
}

/** A room as operators see it. */
export interface AdminRoom {
  id: RoomId;
  kind: string;
  title: string;
  visibility: "public" | "private";
  owner: Account;
  createdAt: number;
  members: number;
  signed: boolean;
  options: JsonObject;
  rules?: RoomRules;
  /** Of rooms that play a game. */
  game?: GameFacts;
  /** Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists. */
  gate?: boolean | JsonObject;
  /** Of rooms that stand still: an operator froze them. */
  frozen?: true;
  /** Of rooms that the server's operators recommend. */
  featured?: true;
  state: "open" | "closed" | "frozen";
  head: number;
  updatedAt: number;
  /** Whether a process hosts it now. */
  live: boolean;
  connections: number;
}

/** One room: its facts, the first 200 people, what it watches, who hosts it. */
export interface AdminRoomReply {
  room: AdminRoom;
  floor: number;
  format: number;
  epoch: string;
  members: AdminMember[];
  watches: JsonObject[];
  lease: RoomLease;
}

/** Which rooms, in which order. */
export interface AdminRoomsQuery {
  /** Words of ids and titles. */
  query?: string;
  kind?: string;
  state?: "open" | "closed" | "frozen";
  /** The highest first; `updated` where it is missing. */
  sort?: "updated" | "created" | "members" | "entries";
  cursor?: string;
}

/** One page of rooms; without a cursor it is the last. */
export interface AdminRoomsReply {
  rooms: AdminRoom[];
  cursor: string | null;
}

/** Which state of a room. */
export interface AdminStateQuery {
  /** The newest where it is missing. */
  at?: number;
  /** An account; a spectator where it is missing. */
  as?: string;
}

/** What an account saw once entry `seq` was there; of a room without a view, what its log said of it. */
export interface AdminStateReply {
  room: RoomId;
  seq: number;
  at: number | null;
  first: number;
  head: number;
  state: unknown;
}

/** A place in a document: Yjs relative positions, which the server does not read. */
export interface Anchor {
  root: string;
  from: Hex;
  to: Hex;
}

/** What everybody in a room shall read. */
export interface AnnounceRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
  text: string;
}

/** A DApp's own entry. */
export interface AppEntry {
  room: RoomId;
  seq: number;
  id: string;
  type: `app.${string}`;
  author: Account;
  at: number;
  /** A binary body is bytes as an `entry` event, which carries it as an attachment, and `{b64}` elsewhere. */
  body: JsonObject | Binary | ArrayBuffer | Uint8Array | null;
  hash: Hex;
  sig?: Hex;
  /** The head its author had seen, in signed posts. */
  seen?: Seen;
  /** Where the body is missing, and where a proof was asked for. */
  bodyHash?: Hex;
  redacted?: "hidden" | "held" | "erased";
  /** In history asked with `proof`, and in transcripts, as `salt` is. */
  epoch?: string;
  salt?: Hex;
}

/** A DApp's own entry where it stands among messages: it began a thread, or it is pinned. */
export interface AppMessage {
  room: RoomId;
  seq: number;
  id: string;
  type: `app.${string}`;
  author: Account;
  at: number;
  body: JsonObject | Binary | null;
  hash: Hex;
  sig?: Hex;
  /** The head its author had seen, in signed posts. */
  seen?: Seen;
  /** Where the body is missing, and where a proof was asked for. */
  bodyHash?: Hex;
  redacted?: "hidden" | "held" | "erased";
  /** In history asked with `proof`, and in transcripts, as `salt` is. */
  epoch?: string;
  salt?: Hex;
  /** Accounts by emoji: the first 100 of each, and the caller's own. */
  reactions: Record<string, Account[]>;
  /** Of a message with a thread. */
  replies?: ThreadSummary;
  /** How many accounts there are, for an emoji with more than 100. */
  reactionCounts?: Record<string, number>;
  edited?: Edited;
  deleted?: Deleted;
  pinned?: true;
  /** Of a comment that was dealt with. */
  resolved?: Resolved;
  /** It waits for a moderator; only its author and moderators get its body. */
  held?: true;
}

/** The avatar, as it is kept: `hash` is what `account:profile` takes. */
export interface AvatarReply {
  hash: Hex;
  file: FileInfo;
}

/** Whose balance: of a token (ERC-20, ERC-721), or of the chain's coin. */
export interface BalanceOf {
  account: string;
  token?: string;
}

/** Bytes inside an array or an HTTP answer. */
export interface Binary {
  b64: string;
}

/** A block with its own time, in seconds. */
export interface Block {
  number: number;
  hash: Hex;
  time: number;
}

/** A block of a chain. */
export interface BlockRef {
  number: number;
  hash: Hex;
}

/** Whom one blocks. */
export interface BlocksReply {
  ok: true;
  accounts: Account[];
}

/** The end of a match counts: teams and the rank of each (0 is the best), or what players scored. */
export interface BoardCounted {
  room: RoomId;
  seq: number;
  teams?: Account[][];
  ranks?: number[];
  /** How much it counts, where the same two have played more than five times that day. */
  weight?: number;
  scores?: Record<string, number>;
}

/** Read a page of a board: from the top, from a cursor, or with an account in its middle. */
export interface BoardRead {
  board: string;
  around?: string | null;
  cursor?: string | null;
  limit?: number | null;
  /** By the day on which it began; left out, the season that is on. */
  season?: string | null;
}

/** Rows, the best first; without a cursor they are the last. */
export interface BoardReply {
  ok: true;
  rows: BoardRow[];
  cursor: string | null;
  /** When it was read. */
  at: number;
  /** Of a board with seasons: the one these rows are of, by the day on which it began. */
  season?: string;
}

/** A row of a board. */
export interface BoardRow {
  rank: number;
  account: Account;
  score: number;
  games: number;
  /** When the score became what it is. */
  at: number;
  /** Matches that the score comes from, the newest first, five at most; the board's log names them all. */
  of: GameRef[];
}

/** A season ended: the Merkle root of its first 1000 rows, signed by the referee's key as EIP-712 `BoardSeason`. */
export interface BoardSeason {
  season: string;
  starts: number;
  ends: number;
  players: number;
  root: Hex;
  typedData: JsonObject;
  by?: Account;
  sig?: Hex;
  unsigned?: "no_referee_key";
}

/** Which boards. */
export interface BoardsQuery {
  cursor?: string;
}

/** After how long bots may fill the table. */
export interface BotsAfter {
  after: number;
}

/** An account's balance as of a block; null where the token did not say. */
export interface ChainBalance {
  watch: string;
  chain: number;
  account: string;
  /** The token's address, or `native`. */
  token: string;
  balance: string | null;
  block: BlockRef;
  status: Finality;
  odd?: string;
  meta?: TokenMeta;
}

/** A block that joined the chain. */
export interface ChainBlock {
  number: number;
  hash: Hex;
  parent: Hex;
  time: number;
  transactions: number;
  gasUsed: number | null;
  gasLimit: number | null;
  /** In wei. */
  baseFee?: string;
  blobGasUsed?: number;
  miner: string | null;
  /** Bytes; null where the node does not say. */
  size: number | null;
  watch: string;
  chain: number;
  status: Finality;
}

/** Everything up to this block has this status. */
export interface ChainConfirmed {
  chain: number;
  upTo: BlockRef;
  status: Finality;
  confirmations?: number;
}

/** An event of a watched contract; an undecodable one has `topics` and `data` instead of `args`. */
export interface ChainEvent {
  watch: string;
  chain: number;
  address: string;
  event?: string;
  /** The event's canonical signature, which tells overloads apart. */
  signature?: string;
  args?: JsonObject;
  topics?: string[];
  data?: string;
  block: Block;
  /** 32 bytes as `0x` hex; on a Solana cluster the signature in base58, and empty where an account is told. */
  tx: string;
  logIndex: number;
  status: Finality;
  late?: boolean;
  /** The gap that this event was read for. */
  fill?: number;
}

/** A chain as its follower sees it; more keys may follow. */
export interface ChainFacts {
  chain: number;
  state: string;
  reason: string | null;
  head: number | null;
  processed: number | null;
  lagBlocks: number | null;
  lagSeconds: number;
  /** The newest, oldest first. */
  recentReorgs: ReorgFacts[];
  endpoints: JsonObject[];
  outbox: JsonObject;
}

/** Events that a limit held back, instead of silence; `room:watch {fill}` reads them again. */
export interface ChainGap {
  watch: string;
  chain: number;
  from: GapEnd;
  to: GapEnd;
  dropped: number;
  reason: string;
}

/** Look up one transaction, block or account on a chain that the server follows; name exactly one of them. */
export interface ChainLookup {
  chain: number;
  tx?: Hex | null;
  /** A number, a hash, or one of latest, safe, finalized. */
  block?: number | string | null;
  address?: string | null;
}

/** These events stand in another block now, unchanged. */
export interface ChainMoved {
  chain: number;
  of: number[];
  block: Block;
}

/** Hear of a chain's pending transactions by the signal `chain.pending`; a new filter replaces the last one. */
export interface ChainPending {
  chain: number;
  /** Accounts that get it, any of them; without a filter only operators are told. */
  to?: string[] | null;
  /** Accounts that send it, any of them. */
  from?: string[] | null;
  /** The first four bytes of its data. */
  selector?: Hex | null;
  /** False: hear of them no longer. */
  on?: boolean;
}

/** These events never happened, and what rested on them is void; `block` is the last one both branches share. */
export interface ChainReverted {
  chain: number;
  of: number[];
  block: BlockRef;
  void: VoidEntry[];
}

/** The room is so many entries behind what its rules rest on; nothing is left out, it comes later. */
export interface ChainStalled {
  watch: string;
  chain: number;
  waiting: number;
  block: BlockRef;
}

/** What a join of a chain room answers as `state`; patches follow. */
export interface ChainState {
  chain: number;
  head: ShownHead | null;
  safe: BlockRef | null;
  finalized: BlockRef | null;
  /** Milliseconds from the newest block's time to its entry. */
  lag: number;
  /** The median of the blocks shown, in wei. */
  baseFee: string | null;
  /** The newest 32, oldest first. */
  blocks: ShownBlock[];
  /** Nothing is heard of the chain. */
  stale?: true;
}

/** The chains that this server follows. */
export interface ChainsReply {
  chains: ChainFacts[];
}

/** What every change by an operator brings; its audit row keeps the reason. */
export interface ChangeRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
}

/** A message was deleted: its text is gone from the server. */
export interface ChatDelete {
  of: number;
  reason?: string;
}

/** A message's new text. */
export interface ChatEdit {
  of: number;
  text: string;
  mentions?: Account[];
  files?: Hex[];
}

/** A message or an edit waits for a moderator; its body is `held` to all but its author and moderators. */
export interface ChatHeld {
  of: number;
  author: Account;
  /** `all`, `new`, `word`, or what a moderation service said. */
  why: string;
}

/** A message. */
export interface ChatMessage {
  /** Empty only beside `files`. */
  text: string;
  replyTo?: number;
  thread?: number;
  mentions?: Account[];
  /** Up to 10 that its author uploaded to this room (protocol §7 "Files"). */
  files?: Hex[];
  /** Makes it a comment on a place in the room's document. */
  anchor?: Anchor;
  /** What is shown beside the text. */
  card?: TransactionCard | AddressCard | RoomCard;
}

/** A message was pinned, or is no longer. */
export interface ChatPin {
  of: number;
  on: boolean;
}

/** An emoji put on a message, or taken off it. */
export interface ChatReaction {
  of: number;
  emoji: string;
  on: boolean;
}

/** A message that waited is there for everybody; history has its body. */
export interface ChatReleased {
  of: number;
  by: Account;
}

/** A comment was dealt with, or is open again. */
export interface ChatResolve {
  of: number;
  on: boolean;
}

/** A chess clock: what each player has for the whole game. */
export interface ClockFacts {
  seconds: number;
  /** Seconds won back by each own move. */
  increment: number;
}

/** Why the server is about to close this socket, and whether to come back. */
export interface Closing {
  reason: "signed_out" | "revoked" | "expired" | "draining" | "slow" | "replaced" | "dropped";
  reconnect: boolean;
  retryAfter?: number;
}

/** The room as it is now. */
export interface ConfigureReply {
  ok: true;
  /** The entry that the first request with this id led to. */
  seq?: number;
  duplicate?: true;
  room?: RoomInfo;
}

/** Settings of a room to change; only those that are named. */
export interface ConfigureRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
  title?: string | null;
  visibility?: "public" | "private" | null;
  options?: JsonObject | null;
  rules?: RulesChange | null;
}

/** A socket. */
export interface ConnectionFacts {
  id: string;
  account: Account;
  transport: string;
  remote: string;
  rooms: RoomId[];
  since: number;
  /** Sent, and not read by the client yet. */
  queueBytes: number;
}

/** Which sockets; `query` is a text in account, address, transport, room or id. */
export interface ConnectionsQuery {
  query?: string;
  cursor?: string;
}

/** Sockets of the process that answers, the newest first; `total` counts all of them. */
export interface ConnectionsReply {
  connections: ConnectionFacts[];
  total: number;
  cursor: string | null;
}

/** The room, new or as its owner made it before. */
export interface CreateReply {
  ok: true;
  room: RoomInfo;
  duplicate?: true;
}

/** A session key that signed an entry of the log, and the message that delegated to it. */
export interface Delegation {
  account: Account;
  sessionKey: string;
  message: string;
  signature: string;
  from: number;
  until: number;
  revokedAt: number | null;
  /** Of contract accounts, whose signature only a node can check again. */
  chain?: number;
  blockHash?: Hex;
}

/** A line of a transcript: a delegation. */
export interface DelegationLine {
  delegation: Delegation;
}

/** When a message was deleted. */
export interface Deleted {
  seq: number;
  at: number;
}

/** `[price, amount]` from the pool's price outwards; amounts of base, raw, without the pool's fee. */
export interface DepthReply {
  ok: true;
  bids: string[][];
  asks: string[][];
  block: BlockRef;
}

/** What there is to play with under `parlour dev`. */
export interface DevReply {
  dev: true;
  wallets: JsonObject[];
  chain: JsonObject | null;
  stake: JsonObject | null;
  rooms: RoomId[];
}

/** One of an account's sessions. */
export interface Device {
  account: Account;
  address: string;
  chainId: number | string;
  method: string;
  sessionKey: string | null;
  expiresAt: number;
  id: string;
  current: boolean;
  device: string;
  createdAt: number;
}

/** An account's sessions. */
export interface DevicesReply {
  sessions: Device[];
}

/** The account takes messages of this direct room. */
export interface DmAccepted {
  account: Account;
}

/** Accept a direct room, or decline it. */
export interface DmAnswer {
  room: RoomId;
  accept: boolean;
}

/** Open the direct room with these accounts: the same people, the same room. */
export interface DmOpen {
  accounts: string[];
}

/** The direct room. */
export interface DmReply {
  ok: true;
  room: RoomInfo;
}

/** Read a document as it is now, or as it was in a version. */
export interface DocRead {
  room: RoomId;
  version?: number | null;
  as?: "update" | "text" | "json";
}

/** The document in the form that was asked for. */
export interface DocReadReply {
  ok: true;
  /** The entry as of which it reads so. */
  seq: number;
  update?: ArrayBuffer | Uint8Array;
  text?: string;
  json?: unknown;
  /** Some client cut an emoji in two: the text may differ from what editors show. */
  approximate?: true;
}

/** Make a document read as it did in a version; that is one more edit. */
export interface DocRestore {
  room: RoomId;
  id: string;
  version: number;
}

/** Somebody went back to a version, by the update right before. */
export interface DocRestoredBody {
  version: number;
  by: Account;
  update: number;
}

/** The entry that was written; with `duplicate` the one that says it already. */
export interface DocSeqReply {
  ok: true;
  seq: number;
  duplicate?: true;
  room?: RoomInfo;
}

/** Name the document as it is now. */
export interface DocVersion {
  room: RoomId;
  id: string;
  title: string;
}

/** The document as it is here has a name, or the room kept it by itself (`by` and `title` are ""). */
export interface DocVersionBody {
  title: string;
  by: Account;
  at: number;
  /** The Yjs state vector. */
  vector: Hex;
  /** Of the document as one update, which `doc:read` answers. */
  sha256: Hex;
}

/** List the versions of a document, newest first. */
export interface DocVersions {
  room: RoomId;
  cursor?: string | null;
  limit?: number | null;
}

/** A page of versions, and where the next one begins. */
export interface DocVersionsReply {
  ok: true;
  versions: Version[];
  cursor: string | null;
}

/** Which document, and in which form. */
export interface DocumentQuery {
  /** `text` where it is missing. */
  as?: "text" | "json" | "update";
  /** The seq of a `doc.version`; the document as it is now where it is missing. */
  version?: number;
}

/** Which version a document goes back to. */
export interface DocumentRestore {
  /** Makes sending it again safe. */
  id: string;
  /** The seq of a `doc.version`. */
  version: number;
}

/** Carried out; there is nothing more to say. */
export interface Done {
  ok: true;
}

/** It is done; there is nothing more to say. */
export interface DoneReply {
}

/** Which node was asked to hand its rooms over. */
export interface DrainReply {
  draining: string;
}

/** A message's newest text, and whom and which files that edit names. */
export interface Edited {
  seq: number;
  at: number;
  text: string;
  /** Those of the edit, where it names them; else the message's own hold. So do `files`. */
  mentions?: Account[];
  files?: Hex[];
}

/** Which entries; bounds are exclusive. */
export interface EntriesQuery {
  after?: number;
  before?: number;
  /** At most 1,000. */
  limit?: number;
  /** Each entry brings its salt, body hash and epoch along. */
  proof?: "1" | "true";
}

/** A line of a transcript: an entry with its salt. */
export interface EntryLine {
  entry: Entry;
}

/** An entry that a DApp's backend writes. */
export interface EntryPost {
  id: string;
  type: string;
  body: JsonObject;
  seen?: SeenHead;
}

/** Where an epoch of a log begins. */
export interface Epoch {
  epoch: string;
  from: number;
}

/** The room's id once more, so that no slip erases one. */
export interface EraseQuery {
  confirm: RoomId;
}

/** Why a request was refused. */
export interface ErrorBody {
  code: string;
  reason?: string;
  /** One sentence for people. */
  message: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  retryAfter?: number;
  details?: JsonObject;
}

/** Every error of the server, whatever the status. */
export interface ErrorReply {
  error: ErrorBody;
}

/** How a room is written out. */
export interface ExportQuery {
  /** `json` where it is missing: with every entry; the others show messages as they are now. */
  as?: "json" | "markdown" | "html";
}

/** Counts of the process. */
export interface Figures {
  connections: number;
  liveRooms: number;
  entries: number;
  requests: number;
  residentBytes: number;
}

/** A file as it is kept: `hash` is SHA-256 of that, which a message names in `files`. */
export interface FileInfo {
  hash: Hex;
  name: string;
  /** Found from the bytes; `application/octet-stream` for what is none of those that the protocol lists. */
  type: string;
  bytes: number;
  /** Of an image, in pixels, as people see it. */
  width?: number;
  height?: number;
}

/** What stands for a token where none can be sent. */
export interface FileQuery {
  ticket?: string;
}

/** The file, as it is kept. */
export interface FileReply {
  file: FileInfo;
}

/** One side of a filled order. */
export interface FillLeg {
  token: string;
  amount: string;
}

export type Finality = "included" | "safe" | "finalized";

/** Where retention took the start: the first entry there is, and the hash before it. */
export interface Floor {
  seq: number;
  previous: Hex;
}

/** An account at a block; `codeBytes` above 0 is a contract. */
export interface FoundAccount {
  address: string;
  balance: string;
  nonce: number;
  codeBytes: number;
  block: BlockRef;
}

/** A block; `hashes` of its first 1,000 transactions. */
export interface FoundBlock {
  number: number;
  hash: Hex;
  parent: Hex;
  time: number;
  transactions: number;
  gasUsed: number | null;
  gasLimit: number | null;
  /** In wei. */
  baseFee?: string;
  blobGasUsed?: number;
  miner: string | null;
  /** Bytes; null where the node does not say. */
  size: number | null;
  status: Finality;
  hashes: Hex[];
}

/** A log; a known event has `event` and `args`, any other `topics` and `data`. */
export interface FoundLog {
  address: string;
  logIndex: number;
  event?: string;
  args?: JsonObject;
  topics?: Hex[];
  data?: Hex;
}

/** A message that was found, or a document as its newest edit; with the part of its text around the first word. */
export interface FoundMessage {
  room: RoomId;
  entry: Entry;
  snippet: string;
}

/** Messages and documents found in many rooms, newest first; without a cursor there are no more. */
export interface FoundReply {
  ok: true;
  found: FoundMessage[];
  cursor: string | null;
}

/** A transaction; what its receipt says is missing while it is pending. */
export interface FoundTransaction {
  hash: Hex;
  from: string;
  to: string | null;
  value: string;
  nonce: number;
  input: Hex;
  /** `pending`, or the status of its block. */
  status: string;
  block?: BlockRef;
  index?: number;
  /** Missing for transactions from before Byzantium too. */
  success?: boolean;
  gasUsed?: number;
  /** The contract it made. */
  contract?: string;
  /** The first 200. */
  logs?: FoundLog[];
  logCount?: number;
}

/** What a spectator saw once an entry was there. */
export interface Frame {
  seq: number;
  at: number;
  state: JsonObject | null;
}

/** Several events in one packet, in their order; only for clients that asked for `frames`. */
export interface FrameEvent {
  /** Of each event its name and its object. */
  packets: unknown[][];
}

/** A line of a replay: another state. */
export interface FrameLine {
  frame: Frame;
}

/** What a player did; a bot's has its seat and no author. */
export interface GameAction {
  action: string;
  args?: JsonObject;
  seat?: number;
  failed?: string;
}

/** A player's last connection vanished; they may come back. */
export interface GameDropped {
  seat: number;
  /** The hook that did not come back, so that no replay runs it. */
  failed?: string;
}

/** How the game ended; `provisional` while a chain event it rests on is not final. */
export interface GameEnded {
  result: JsonObject;
  seed: string;
  provisional?: true;
  signed?: SignedHead;
  /** Seats, the best first, of a match that matchmaking made; seats in one list share a place. */
  places?: number[][];
  settlement?: Settlement;
  /** What the match leaves of players for later ones of its kind, by account. */
  stored?: Record<string, JsonObject>;
  failed?: string;
}

/** What lists show of a game: public facts alone. */
export interface GameFacts {
  status: "waiting" | "drawing" | "playing" | "paused" | "ended" | "incompatible";
  seats: Seats;
  /** Whether somebody who joins now plays. */
  open: boolean;
}

/** A player's stake is in the escrow, by this transaction, as sure as the game asks for. */
export interface GameFunded {
  seat: number;
  chain: number;
  tx: Hex;
  failed?: string;
}

/** One input of a ticking game. */
export interface GameInput {
  tick: number;
  seat: number;
  action: string;
  args?: JsonObject;
  id?: string;
  signed?: JsonObject;
}

/** A player left for good. */
export interface GameLeft {
  seat: number;
  /** The hook that did not come back, so that no replay runs it. */
  failed?: string;
  reason: string;
}

/** A running match was carried over to a newer version of its game; readable by nobody before the end. */
export interface GameMigrated {
  from: number;
  to: number;
  world: string;
}

/** A player paused the game; with `reason: "stake"` the chain undid that seat's stake. */
export interface GamePaused {
  seat: number;
  /** The hook that did not come back, so that no replay runs it. */
  failed?: string;
  reason?: "stake";
}

/** A match, by the room and the seq of its `game.ended`. */
export interface GameRef {
  room: RoomId;
  seq: number;
}

/** Deadlines moved by this; without a seat the server had stood still. */
export interface GameResumed {
  pausedMs: number;
  seat?: number;
  failed?: string;
}

/** A player who had dropped is back. */
export interface GameReturned {
  seat: number;
  /** The hook that did not come back, so that no replay runs it. */
  failed?: string;
}

/** An account, or a bot, sat down. */
export interface GameSeated {
  seat: number;
  /** The hook that did not come back, so that no replay runs it. */
  failed?: string;
  account: Account;
  bot?: boolean;
  /** What earlier matches left of the account, where it sits down in a game that is on. */
  loaded?: JsonObject;
}

/** The seed of a round: 32 bytes as hex without `0x`, readable by nobody before its end. */
export interface GameSeed {
  seed: string;
}

/** The escrow credited a round's result by this transaction; a second time once that is final. */
export interface GameSettled {
  round: number;
  chain: number;
  tx: Hex;
  status: "included" | "finalized";
  failed?: string;
}

/** A round began; the commitment is the SHA-256 of its seed, the stakes are wei by seat. */
export interface GameStarted {
  round: number;
  first: number;
  commitment: string;
  version: number;
  stakes?: string[];
  /** What earlier matches left of the players, by account. */
  loaded?: Record<string, JsonObject>;
  failed?: string;
}

/** Ticks of a ticking game with the inputs played in them; no `entry` event. */
export interface GameTick {
  from: number;
  to: number;
  inputs: GameInput[];
  failed?: string;
}

/** Time ran out for a seat, for the game's own timer (null), or for those missing a contribution. */
export interface GameTimeout {
  seat?: number | null;
  missing?: number[];
  failed?: string;
}

/** Which matches. */
export interface GamesQuery {
  kind?: string;
  state?: "waiting" | "playing" | "ended";
  cursor?: string;
}

/** The first or last event of a gap: its block, and its place among the block's logs. */
export interface GapEnd {
  number: number;
  hash: Hex;
  logIndex: number;
}

/** A leaf of a gate, and what it came to for one account. */
export interface GateLeaf {
  leaf: JsonObject;
  /** The number, in smallest units; null where it cannot be known now. */
  have: string | null;
  passes: boolean | null;
  address?: string;
  block?: BlockRef;
}

/** Whose right is asked about. */
export interface GateQuery {
  account: Account;
}

/** Why an account passes a room's gate now or does not. */
export interface GateReply {
  room: RoomId;
  account: Account;
  gate: JsonObject | null;
  passes: boolean | null;
  /** Whether it passes as the room's owner. */
  exempt: boolean;
  /** What its grant in the log rests on. */
  granted: JsonObject | null;
  leaves: GateLeaf[];
  /** Chains of the gate that cannot be asked now. */
  silent: number[];
}

/** The process answers. */
export interface HealthReply {
  ok: true;
}

/** How much an account wants to hear of a room, and until when. */
export interface Hearing {
  level: "all" | "mentions" | "none";
  until?: number;
}

/** Entries, ascending; `more` where the page ends before the bounds do. */
export interface HistoryReply {
  entries: Entry[];
  more: boolean;
  ok: true;
}

/** The invitation: a secret that `room:join` takes. */
export interface InviteReply {
  ok: true;
  invite: string;
  duplicate?: true;
}

/** The room and its position: exactly what was missed (`recovered`), or else a snapshot. */
export interface JoinReply {
  ok: true;
  room: RoomInfo;
  epoch: string;
  head: number;
  hash: Hex;
  role: Role;
  /** In games: the seat, or null for whoever watches. */
  seat?: number | null;
  read: number;
  recovered: boolean;
  entries: Entry[];
  /** Pinned messages, the one pinned last first; up to 64 kB, the rest by `room:history {view: "pins"}`. */
  pins?: PinnedMessage[];
  /** The computed state, of kinds that have one. */
  state?: unknown;
  presence: PresenceSnapshot;
  /** In documents: whether this account may edit now. */
  write?: boolean;
}

/** A notice in the list. */
export interface KeptNotice {
  /** Unique for the account; sorts by time. */
  id: string;
  room: RoomId;
  seq: number;
  type: "direct" | "mention" | "thread" | "message" | "invitation" | "turn" | "match" | "settlement" | "report" | "gate" | "transaction";
  from: Account;
  /** The root of the thread that it is about. */
  thread?: number;
  /** With `type: "invitation"`. */
  invite?: string;
  /** A stranger's message in a direct room that one has not accepted. */
  request?: true;
  at: number;
  read: boolean;
}

/** A kind of rooms: what a page needs to show one. Of games, and of other packages' kinds, it says more. */
export interface KindFacts {
  kind: string;
  /** What people call it. */
  title: string;
  /** JSON Schema of `room:create`'s options. */
  options: JsonObject;
  /** What players may do besides the actions that every game has (protocol §10). */
  actions: Record<string, ActionFacts>;
  /** JSON Schema of its computed state; null where it has none. */
  view: JsonObject | null;
  description?: string;
  /** JSON Schemas of the entry types it takes. */
  posts?: Record<string, JsonObject>;
  version?: number;
  /** Of games alone: how many people play. */
  seats?: SeatRange;
  /** Seats that the game's own bot may take (the option `bots`); 0 for none. */
  bots?: number;
  turns?: boolean;
  /** How long a turn may take; null for ever. */
  turnSeconds?: number | null;
  clock?: ClockFacts | null;
  /** Whether free seats may be taken while the game is on. */
  lateJoin?: boolean;
  /** Whether players may `pause` and `resume`. */
  pausable?: boolean;
  /** Whether players `commit` and `contribute` to chance before the game begins. */
  fair?: boolean;
  /** The option that gives a table a stake, `{chain, address, amount}`; null for a game without. */
  stake?: string | null;
  /** Ticks a second; null for a game that has none. */
  tickRate?: number | null;
}

/** The kinds that this server has. */
export interface KindsReply {
  kinds: KindFacts[];
}

/** The last message of a room outside threads; its newest text, up to 200 characters. */
export interface LastMessage {
  seq: number;
  at: number;
  author: Account;
  text: string;
}

/** The last reply in a thread. */
export interface LastReply {
  seq: number;
  at: number;
  author: Account;
}

/** What one client may do (protocol §2); each is a setting of the server. */
export interface Limits {
  messageBytes: number;
  bodyBytes: number;
  updateBytes: number;
  updateBytesPerSecond: number;
  postsPerSecond: number;
  postsBurst: number;
  signalsPerSecond: number;
  signalsBurst: number;
  roomPostsPerSecond: number;
  roomPostsBurst: number;
  roomSignalsPerSecond: number;
  roomSignalsBurst: number;
  joinsPerSecond: number;
  joinsBurst: number;
  readsPerSecond: number;
  readsBurst: number;
  lookupsPerSecond: number;
  lookupsBurst: number;
  searchesPerMinute: number;
  changesPerMinute: number;
  roomsPerMinute: number;
  roomsBurst: number;
  directRoomsPerHour: number;
  invitationsPerHour: number;
  profilesPerMinute: number;
  matchesPerMinute: number;
  reportsPerHour: number;
  unknownRoomsPerMinute: number;
  unknownRoomsBurst: number;
  outstanding: number;
  sendQueueBytes: number;
  replayEntries: number;
  replayBytes: number;
  roomsOwned: number;
  fileBytes: number;
  filesOwned: number;
  avatarBytes: number;
  uploadsPerMinute: number;
  uploadBytesPerHour: number;
  signInsPerMinute: number;
  signInsBurst: number;
  watchesPerRoom: number;
  trackedPerRoom: number;
  tracksPerMinute: number;
  eventsPerSecond: number;
}

/** One page of rooms; without a cursor it is the last. */
export interface ListReply {
  rooms: ListedRoom[];
  cursor: string | null;
  ok: true;
}

/** A room in a list; the counts only in lists of one's own rooms. */
export interface ListedRoom {
  id: RoomId;
  kind: string;
  title: string;
  visibility: "public" | "private";
  owner: Account;
  createdAt: number;
  members: number;
  signed: boolean;
  options: JsonObject;
  rules?: RoomRules;
  /** Of rooms that play a game. */
  game?: GameFacts;
  /** Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists. */
  gate?: boolean | JsonObject;
  /** Of rooms that stand still: an operator froze them. */
  frozen?: true;
  /** Of rooms that the server's operators recommend. */
  featured?: true;
  /** Messages of others after `read`, outside threads and not deleted, up to 1,000. */
  unread?: number;
  /** There are more than that. */
  more?: true;
  mentions?: number;
  /** Threads that one follows with replies of others that one has not read. */
  threads?: number;
  last?: LastMessage;
  /** A direct room that one has not accepted. */
  request?: true;
  /** How much one wants to hear, where that was set. */
  notify?: Hearing;
}

/** What changed in a live list. */
export interface LobbyEvent {
  /** New in the list, or changed. */
  rooms: RoomInfo[];
  /** Ids of rooms no longer in it; each was shown to this connection before. */
  gone: RoomId[];
}

/** What was asked for, under the same word. */
export interface LookupReply {
  ok: true;
  tx?: FoundTransaction;
  block?: FoundBlock;
  address?: FoundAccount;
}

/** The 24 hours up to the newest trade's minute, by block time. */
export interface MarketDay {
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  quoteVolume: string;
  trades: number;
  from: number;
}

/** Ask what a market's pool sells and buys up to each price. */
export interface MarketDepth {
  room: RoomId;
  /** Basis points from the pool's price to the last level; 100 by default. */
  within?: number | null;
  /** Levels of each side; 10 by default. */
  levels?: number | null;
}

/** An order that was settled in the market's pair. */
export interface MarketFill {
  venue: "cow" | "uniswapx";
  order: string;
  owner: string;
  filler?: string;
  sell: FillLeg | null;
  buy: FillLeg | null;
  fee?: string;
  /** Whether the same order was filled before. */
  partial: boolean;
  chain: number;
  block: Block;
  tx: Hex;
  logIndex: number;
  status: Finality;
  late?: boolean;
}

/** The newest trade by its place in the chain. */
export interface MarketLast {
  price: string;
  side: "buy" | "sell";
  time: number;
  id: number;
}

/** A swap that is no trade: both tokens moved one way, or the log could not be read. */
export interface MarketOdd {
  chain: number;
  block: Block;
  tx: Hex;
  logIndex: number;
  status: Finality;
  late?: boolean;
  reason: "amounts" | "undecodable";
  /** What the pool got of token0 and token1, raw; below 0 it gave. */
  amounts?: string[];
  topics?: string[];
  data?: string;
}

/** What is traded; `verified`: a known factory made the pool, and says so. */
export interface MarketPair {
  base: string;
  quote: string;
  /** Of base and quote. */
  decimals: number[];
  /** Of base and quote, as the tokens say: anybody may say anything. */
  symbols: (string | null)[];
  verified: boolean;
}

/** What a join of a market answers as `state`; patches follow. */
export interface MarketState {
  pair: MarketPair;
  last: MarketLast | null;
  day: MarketDay | null;
  /** By interval, oldest first: `[openTime, open, high, low, close, volume, quoteVolume, trades, status]`. */
  candles: Record<string, unknown[][]>;
  filled?: Record<string, OrderFilled>;
  /** Events that limits held back (`chain.gap`): the candles lack them. */
  missing?: number;
  /** Nothing is heard of the chain. */
  stale?: true;
}

/** A swap of the pool. `id` counts every trade there ever was in the room; those undone keep theirs. */
export interface MarketTrade {
  chain: number;
  block: Block;
  tx: Hex;
  logIndex: number;
  status: Finality;
  late?: boolean;
  id: number;
  /** Executed: quote per base, 18 significant digits. */
  price: string;
  /** The pool's price after it. */
  after?: string;
  /** Of base, raw. */
  amount: string;
  /** Of quote, raw. */
  quote: string;
  /** The taker's: base left the pool, or came in. */
  side: "buy" | "sell";
  /** Who holds the pool's tokens. */
  maker: string;
  /** Who got what the pool gave. */
  taker: string;
  /** Who called the pool, mostly a router. */
  sender: string;
}

/** Stop looking for a table. */
export interface MatchCancel {
  ticket: string;
}

/** A table's match is over, by that entry of its room; without one it was never played to its end. */
export interface MatchEnded {
  room: RoomId;
  seq?: number;
  /** The end rests on events of a chain: a reorganisation that undoes it leads to another `match.ended`. */
  resting?: true;
}

/** In the first entry of a table's room: which line made it, and for whom. */
export interface MatchFacts {
  queue: RoomId;
  players: Seated[];
  confirmBy: number;
}

/** Look for a table: the same `id` again is the same ticket. */
export interface MatchFind {
  kind: string;
  id: string;
  options?: JsonObject | null;
  /** What the others' options may be: a value, a range `[min, max]`, or one of `[values]`. */
  want?: JsonObject | null;
  party?: RoomId | null;
  rating?: RatingWindow | null;
  bots?: BotsAfter | null;
}

/** A table was made; `room:join` takes the kept seat. */
export interface MatchFound {
  ticket: string;
  room: RoomId;
  seat: number;
  players: MatchedPlayer[];
  /** A seat not taken by then ends the table. */
  confirmBy: number;
}

/** Tickets became a table. */
export interface MatchMade {
  room: RoomId;
  tickets: string[];
  options: JsonObject;
  players: Seated[];
  confirmBy: number;
}

/** A table was closed before it began; tickets without an absent account wait again, first. */
export interface MatchMissed {
  room: RoomId;
  absent: Account[];
}

/** A place in the line: how many wait with this one, and how long (ms) others waited of late. */
export interface MatchReply {
  ok: true;
  ticket: string;
  waiting: number;
  eta?: number;
  duplicate?: true;
}

/** A ticket came into the line. */
export interface MatchSought {
  ticket: string;
  accounts: Account[];
  options: JsonObject;
  rating: SoughtWindow;
  ratings?: Record<string, number>;
  want?: JsonObject;
  bots?: SoughtBots;
  party?: RoomId;
}

/** How a ticket stands; at most every five seconds, when something changed. */
export interface MatchStatus {
  ticket: string;
  waiting: number;
  /** Points to each side in which it looks by now. */
  within: number;
  eta?: number;
}

/** A ticket left the line. */
export interface MatchWithdrawn {
  ticket: string;
  reason: "cancelled" | "gone" | "banned";
}

/** Who sits where at a table that was made. */
export interface MatchedPlayer {
  account: Account;
  seat: number;
  rating?: number;
}

/** Somebody who belongs to a room; `name` is the account's verified ENS name. */
export interface Member {
  account: Account;
  role: Role;
  name?: string;
}

/** The room's gate lets the account in, by this leaf as of this block. */
export interface MemberAdmitted {
  account: Account;
  by: Account;
  reason?: string;
  chain?: number;
  block?: BlockRef;
  leaf?: JsonObject;
  /** Whose tokens it may use. */
  vault?: string;
  /** Roots of Merkle trees that the account proved to be in. */
  proved?: string[];
}

/** The account may not come in, for good or until then. */
export interface MemberBanned {
  account: Account;
  by: Account;
  reason?: string;
  until?: number;
}

/** The account may not write, for good or until then. */
export interface MemberMuted {
  account: Account;
  by: Account;
  reason?: string;
  until?: number;
}

/** The account was put out and may come back; by the gate (`reason` is `gate`) as of a block. */
export interface MemberRemoved {
  account: Account;
  by: Account;
  reason?: string;
  chain?: number;
  block?: BlockRef;
  leaf?: JsonObject;
}

/** A mute or a ban was taken back, or the block is undone that ended the right at the gate. */
export interface MemberRestored {
  account: Account;
  by: Account;
  reason?: string;
  chain?: number;
  block?: BlockRef;
  leaf?: JsonObject;
  from: "mute" | "ban" | "gate";
}

/** The account was given a role. */
export interface MemberRole {
  account: Account;
  by: Account;
  reason?: string;
  role: Role;
}

/** One page of members; without a cursor it is the last. */
export interface MembersReply {
  ok: true;
  members: Member[];
  cursor: string | null;
}

/** A message as a page shows it. */
export interface Message {
  room: RoomId;
  seq: number;
  id: string;
  type: "chat.message";
  author: Account;
  at: number;
  body: ChatMessage | null;
  hash: Hex;
  sig?: Hex;
  /** The head its author had seen, in signed posts. */
  seen?: Seen;
  /** Where the body is missing, and where a proof was asked for. */
  bodyHash?: Hex;
  redacted?: "hidden" | "held" | "erased";
  /** In history asked with `proof`, and in transcripts, as `salt` is. */
  epoch?: string;
  salt?: Hex;
  /** Accounts by emoji: the first 100 of each, and the caller's own. */
  reactions: Record<string, Account[]>;
  /** Of a message with a thread. */
  replies?: ThreadSummary;
  /** How many accounts there are, for an emoji with more than 100. */
  reactionCounts?: Record<string, number>;
  edited?: Edited;
  deleted?: Deleted;
  pinned?: true;
  /** Of a comment that was dealt with. */
  resolved?: Resolved;
  /** It waits for a moderator; only its author and moderators get its body. */
  held?: true;
}

/** Which messages of all rooms that the server's moderators may read. */
export interface MessagesQuery {
  query: string;
  cursor?: string;
}

/** Messages with their edits, deletions and reactions folded in, ascending; own entries of DApps that began a thread or are pinned, too. */
export interface MessagesReply {
  ok: true;
  entries: (Message | AppMessage)[];
  more: boolean;
}

/** The entry that says what was done; none where a report was dismissed. */
export interface ModerateReply {
  ok: true;
  /** The entry that the first request with this id led to. */
  seq?: number;
  duplicate?: true;
  room?: RoomInfo;
}

/** A process that serves this database. */
export interface NodeFacts {
  name: string;
  version: string;
  state: "up" | "draining" | "drained" | "dead";
  /** Rooms that it owns, or is opening or closing. */
  rooms: number;
  connections: number;
  /** The share of one core that it used between its last two heartbeats. */
  load: number;
  startedAt: number;
  /** Milliseconds since its last heartbeat. */
  seenMs: number;
  /** Where other nodes reach it; empty where it has no `PARLOUR_PEER_URL`. */
  url: string;
}

/** The processes, by name; dead ones for a day. */
export interface NodesReply {
  /** The one that answers. */
  asked: string;
  nodes: NodeFacts[];
}

/** What a nonce is asked for. */
export interface NonceQuery {
  /** Address of a key that shall sign entries; the statement then names it. */
  sessionKey?: Hex;
  /** The only room that key may sign in. */
  room?: RoomId;
}

/** What goes into a sign-in message (EIP-4361). */
export interface NonceReply {
  nonce: string;
  nonceExpiresAt: number;
  domain: string;
  uri: string;
  version: "1";
  statement: string | null;
  chainIds: number[];
  solanaChains: string[];
  /** RFC 3339, as `expirationTime` is. */
  issuedAt: string;
  expirationTime: string;
}

/** What other operators shall know. */
export interface NoteRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
  text: string;
}

/** Something for an account, on every socket of it, and kept in its list. */
export interface Notice {
  /** Unique for the account; sorts by time. */
  id: string;
  room: RoomId;
  seq: number;
  type: "direct" | "mention" | "thread" | "message" | "invitation" | "turn" | "match" | "settlement" | "report" | "gate" | "transaction";
  from: Account;
  /** The root of the thread that it is about. */
  thread?: number;
  /** With `type: "invitation"`. */
  invite?: string;
  /** A stranger's message in a direct room that one has not accepted. */
  request?: true;
}

/** List what one was told, the newest first. */
export interface NoticesList {
  cursor?: string | null;
  limit?: number | null;
}

/** Mark what one was told as read, up to a notice. */
export interface NoticesRead {
  /** Its id. */
  upTo: string;
}

/** A page of notices, newest first; `unread` counts all of them, up to 1,000. */
export interface NoticesReply {
  ok: true;
  notices: KeptNotice[];
  cursor: string | null;
  unread: number;
}

/** What a process holds at a moment. */
export interface NowFacts {
  at: number;
  connections: number;
  /** Live rooms by kind. */
  rooms: Record<string, number>;
  residentBytes: number;
  /** Writes that wait for the database. */
  storeWaiting: number;
  redis: "none" | "up" | "down";
}

/** The entry that says so in the room. */
export interface OpenReply {
  seq: number;
}

/** What was filled of an order so far, raw; null where the venue does not say. */
export interface OrderFilled {
  sell: string | null;
  buy: string | null;
  fills: number;
}

/** Whether the last hour is asked for too. */
export interface OverviewQuery {
  /** Only samples taken after this time (ms); 0 for all. */
  since?: number;
}

/** What is live right now. */
export interface OverviewReply {
  now: NowFacts;
  hour?: SampleFacts[];
  server: ServerFacts;
  connections: ConnectionFacts[];
  rooms: RoomFacts[];
  metrics: Figures;
}

/** Make a party, which its maker leads; others come by `room:invite`. */
export interface PartyCreate {
  kind: string;
  size: number;
  id?: RoomId | null;
}

/** An account came into the party. */
export interface PartyJoined {
  account: Account;
}

/** An account left the party. */
export interface PartyLeft {
  account: Account;
}

/** Its author is ready to play, or is not any more. */
export interface PartyReadiness {
  on: boolean;
}

/** Say that one is ready to play, or is not. */
export interface PartyReady {
  room: RoomId;
  on: boolean;
}

/** Take a value from elsewhere (RFC 6902). */
export interface PatchMove {
  op: "move" | "copy";
  path: string;
  from: string;
}

/** One step of RFC 6902. */
export type PatchOperation = PatchValue | PatchRemove | PatchMove;

/** Take a value away (RFC 6902). */
export interface PatchRemove {
  op: "remove";
  path: string;
}

/** Put a value there (RFC 6902). */
export interface PatchValue {
  op: "add" | "replace" | "test";
  path: string;
  value: unknown;
}

/** Which people. */
export interface PeopleQuery {
  /** A part of an address or a name. */
  query?: string;
  cursor?: string;
}

/** People by address; without a cursor it is the last page. */
export interface PeopleReply {
  people: PersonLine[];
  cursor: string | null;
}

/** How many texts are gone, and what an erasure does not reach. */
export interface PersonErasedReply {
  erased: number;
  notReached: string[];
}

/** Somebody who signed in at some time. */
export interface PersonLine {
  account: Account;
  seenAt: number | null;
  name?: string;
  avatar?: string;
  bot?: true;
  /** In force on the whole server. */
  sanctions: ("mute" | "ban")[];
}

/** What an operator noted. */
export interface PersonNote {
  at: number;
  by: Account;
  text: string;
}

/** All that operators see of a person. */
export interface PersonReply {
  account: Account;
  /** Of the server role; 0 for none. */
  rank: number;
  seenAt: number | null;
  profile: JsonObject;
  sanctions: SanctionInfo[];
  sessions: SessionFacts[];
  rooms: PersonRoom[];
  notes: PersonNote[];
  reports: PersonReports;
}

/** How often somebody reported, and what of theirs was reported. */
export interface PersonReports {
  made: number;
  about: ReportLine[];
}

/** A room of somebody's that operators may read. */
export interface PersonRoom {
  id: RoomId;
  kind: string;
  title: string;
  role: string | null;
  joinedAt: number | null;
}

/** A pinned message, with its newest text; or a DApp's own entry that is pinned. */
export interface PinnedMessage {
  room: RoomId;
  seq: number;
  id: string;
  type: string;
  author: Account;
  at: number;
  body: ChatMessage | JsonObject | Binary | null;
  hash: Hex;
  sig?: Hex;
  /** The head its author had seen, in signed posts. */
  seen?: Seen;
  /** Where the body is missing, and where a proof was asked for. */
  bodyHash?: Hex;
  redacted?: "hidden" | "held" | "erased";
  /** In history asked with `proof`, and in transcripts, as `salt` is. */
  epoch?: string;
  salt?: Hex;
  edited?: Edited;
}

/** Where a client stands in a room's log; the hash finds a log that was replaced. */
export interface Position {
  epoch: string;
  seq: number;
  hash?: Hex;
}

/** Where the entry stands that holds the post. */
export interface PostReceipt {
  ok: true;
  seq: number;
  at: number;
  hash: Hex;
  duplicate?: true;
}

/** Who came and left since step `v - 1`; `count` alone in rooms that are too large for names. */
export interface PresenceEvent {
  room: RoomId;
  v: number;
  joined?: Account[];
  left?: Account[];
  count: number;
  /** By account, of those whose status changed. */
  status?: Record<string, ShownStatus>;
  /** By connection, of those that show something else; null for one that is gone. */
  data?: Record<string, ShownData | null>;
}

/** Who is in the room now. */
export interface PresenceReply {
  v: number;
  members?: Account[];
  count: number;
  /** By account, of those who say something. */
  status?: Record<string, ShownStatus>;
  /** By connection, the newest, up to 64 kB. */
  data?: Record<string, ShownData>;
  ok: true;
}

/** Who is in a room as of step `v`; rooms that are too large for names tell the count alone. */
export interface PresenceSnapshot {
  v: number;
  members?: Account[];
  count: number;
  /** By account, of those who say something. */
  status?: Record<string, ShownStatus>;
  /** By connection, the newest, up to 64 kB. */
  data?: Record<string, ShownData>;
}

/** What an account says of itself; `ens` is its verified name. */
export interface Profile {
  name?: string;
  avatar?: Hex;
  bio?: string;
  ens?: string;
  bot?: true;
}

/** One's profile as it is now. */
export interface ProfileReply {
  ok: true;
  profile: Profile;
}

/** Profiles by account. */
export interface ProfilesReply {
  ok: true;
  profiles: Record<string, Profile>;
}

/** What a push is encrypted for (RFC 8291): base64url of a point of P-256, and of 16 bytes. */
export interface PushKeys {
  p256dh: string;
  auth: string;
}

/** A browser's subscription, as `PushSubscription.toJSON()` gives it. */
export interface PushTarget {
  endpoint: string;
  keys: PushKeys;
}

/** Which reports. */
export interface QueueQuery {
  /** `open` where it is missing. */
  state?: "open" | "dismissed" | "redacted";
  cursor?: string;
}

/** One page of reports; without a cursor it is the last. */
export interface QueueReply {
  reports: QueuedReport[];
  cursor: string | null;
}

/** A report of any room, with the messages right before and after. */
export interface QueuedReport {
  id: string;
  seq: number;
  /** When it was reported the last time. */
  at: number;
  count: number;
  reasons: Record<string, number>;
  entry?: Entry;
  /** Who said what: for the server's moderators alone. */
  by?: ReportVoice[];
  room: RoomId;
  state: "open" | "dismissed" | "redacted";
  around: Entry[];
}

/** What an account is rated, on the one scale; without a rank it has not played yet. */
export interface RatingInfo {
  rating: number;
  deviation: number;
  games: number;
  rank?: number;
}

/** How far from one's own rating the others may be. */
export interface RatingWindow {
  within?: number;
  widenPerSecond?: number;
  most?: number;
}

/** Ask what accounts are rated in a kind. */
export interface RatingsOf {
  kind: string;
  accounts: string[];
}

/** Ratings by account. */
export interface RatingsReply {
  ok: true;
  ratings: Record<string, RatingInfo>;
}

/** How far an account has read. */
export interface ReadEvent {
  room: RoomId;
  account: Account;
  seq: number;
}

/** Whether clients should be sent here; each check is `ok` or says what is wrong. */
export interface ReadyReply {
  ok: boolean;
  checks: Record<string, string>;
}

/** How many rooms each node was asked to give up. */
export interface RebalanceReply {
  asked: Record<string, number>;
}

/** The ack of a request that was refused. */
export interface Refusal {
  ok: false;
  error: ErrorBody;
}

/** A reorganisation that was followed. */
export interface ReorgFacts {
  /** The lowest block it undid. */
  first: number;
  blocks: number;
  /** When it was followed. */
  at: number;
}

/** The ack of a request whose `id` makes it safe to send again. */
export interface Repeatable {
  ok: true;
  /** The entry that the first request with this id led to. */
  seq?: number;
  duplicate?: true;
  room?: RoomInfo;
}

/** The first line of a replay; `head` is the entry that ended the match. */
export interface ReplayHead {
  room: RoomId;
  kind: string;
  title: string;
  head: number;
  protocol: number;
  floor?: Floor;
}

/** A message that was reported, how often and why. */
export interface ReportInfo {
  id: string;
  seq: number;
  /** When it was reported the last time. */
  at: number;
  count: number;
  reasons: Record<string, number>;
  entry?: Entry;
  /** Who said what: for the server's moderators alone. */
  by?: ReportVoice[];
}

/** A message of somebody's that was reported. */
export interface ReportLine {
  id: string;
  room: RoomId;
  seq: number;
  state: string;
  at: number;
}

/** What one account said of a message. */
export interface ReportVoice {
  account: Account;
  reason: string;
  note?: string;
}

/** One page of a room's open reports; without a cursor it is the last. */
export interface ReportsReply {
  ok: true;
  reports: ReportInfo[];
  cursor: string | null;
}

/** The report has ended; there is nothing more to say. */
export interface ResolveReply {
}

/** How a report ends. */
export interface ResolveRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
  action: "dismiss" | "redact";
}

/** Who dealt with a comment, and when. */
export interface Resolved {
  seq: number;
  at: number;
  by: Account;
}

/** How many parked deliveries were given another life. */
export interface RevivedReply {
  revived: number;
}

/** How many sessions were ended. */
export interface RevokedReply {
  revoked: number;
}

/** From which block on the endpoint's chain is to be accepted. */
export interface RewindRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
  to: number;
}

export type Role = "owner" | "moderator" | "editor" | "member" | "muted" | "guest";

/** Operators of the server say something to everybody here. */
export interface RoomAnnounced {
  by: Account;
  text: string;
}

/** A room that a message is about; whoever may not join it is shown nothing of it. */
export interface RoomCard {
  room: RoomId;
}

/** Close a room for good; its log stays readable. */
export interface RoomClose {
  room: RoomId;
  reason?: string | null;
  id?: string | null;
}

/** The room was closed for good. */
export interface RoomClosed {
  by: Account;
  reason: string | null;
}

/** Change a room's settings; only the keys that are named. */
export interface RoomConfigure {
  room: RoomId;
  title?: string | null;
  visibility?: "public" | "private" | null;
  gate?: JsonObject | null;
  options?: JsonObject | null;
  rules?: RulesChange | null;
  id?: string | null;
}

/** Settings that were changed. */
export interface RoomConfigured {
  by: Account;
  title?: string;
  visibility?: "public" | "private";
  options?: JsonObject;
  /** Those that changed, without words. */
  rules?: JsonObject;
  /** Another gate, or null where the room has none any more; missing where it stays as it is. */
  gate?: JsonObject | null;
}

/** Create a room; whoever does owns it, and has not joined it. */
export interface RoomCreate {
  kind: string;
  /** The room's id; the same owner, id and settings again answer the same room. */
  id?: RoomId | null;
  title?: string | null;
  options?: JsonObject | null;
  visibility?: "public" | "private" | null;
  gate?: JsonObject | null;
  /** `{chain, escrow, stake?, arbiters?, quorum?, window?, duration?}`: an escrow pays the room's games out. */
  settle?: JsonObject | null;
  signed?: boolean | null;
  rules?: RulesChange | null;
}

/** The first entry of every room. */
export interface RoomCreated {
  kind: string;
  owner: Account;
  title: string;
  visibility: "public" | "private";
  options: JsonObject;
  signed: boolean;
  /** Those that differ from a new room's, without words. */
  rules?: JsonObject;
  gate?: JsonObject;
  settle?: JsonObject;
  /** Of the game, in rooms that play one. */
  version?: number;
  /** Of a table that matchmaking made. */
  match?: MatchFacts;
}

/** The room was closed, or this account lost its right to it. */
export interface RoomEnd {
  room: RoomId;
  reason: string | null;
}

/** The room is gone for everybody; what is stored of it goes within seconds. */
export interface RoomErasedReply {
  erased: RoomId;
}

/** A room as operators see it. */
export interface RoomFacts {
  id: RoomId;
  kind: string;
  title: string;
  visibility: "public" | "private";
  owner: Account;
  createdAt: number;
  members: number;
  signed: boolean;
  options: JsonObject;
  rules?: RoomRules;
  /** Of rooms that play a game. */
  game?: GameFacts;
  /** Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists. */
  gate?: boolean | JsonObject;
  /** Of rooms that stand still: an operator froze them. */
  frozen?: true;
  /** Of rooms that the server's operators recommend. */
  featured?: true;
  head: number;
  live: boolean;
  connections: number;
}

/** Operators of the server recommend the room to everybody. */
export interface RoomFeatured {
  by: Account;
}

/** The room stands still: nobody posts, and a game's clocks do not run. */
export interface RoomFrozen {
  by: Account;
  reason: string | null;
}

/** Read stored entries, ascending between exclusive bounds; the latest page unless `after` stands alone. */
export interface RoomHistory {
  room: RoomId;
  before?: number | null;
  after?: number | null;
  limit?: number | null;
  view?: "entries" | "messages" | "pins" | "edits" | null;
  /** With `edits`: the message whose earlier texts are asked for. */
  of?: number | null;
  /** With `messages`: the root of a thread; the answer is the root and its replies, ascending. */
  thread?: number | null;
  /** With `messages`: false leaves replies in threads out. */
  threads?: boolean | null;
  /** Whether each entry brings its salt, body hash and epoch along. */
  proof?: boolean | null;
}

/** 1–128 of A-Z a-z 0-9 . _ : -, in any case. */
export type RoomId = string;

/** A room in acks and lists. */
export interface RoomInfo {
  id: RoomId;
  kind: string;
  title: string;
  visibility: "public" | "private";
  owner: Account;
  createdAt: number;
  members: number;
  signed: boolean;
  options: JsonObject;
  rules?: RoomRules;
  /** Of rooms that play a game. */
  game?: GameFacts;
  /** Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists. */
  gate?: boolean | JsonObject;
  /** Of rooms that stand still: an operator froze them. */
  frozen?: true;
  /** Of rooms that the server's operators recommend. */
  featured?: true;
}

/** Make an invitation; one that names an account is sent to it too. */
export interface RoomInvite {
  room: RoomId;
  account?: string | null;
  uses?: number | null;
  until?: number | null;
  id?: string | null;
}

/** Follow a room on this socket, from where the client stands; games seat whoever joins while seats are free. */
export interface RoomJoin {
  room: RoomId;
  since?: Position | null;
  /** How many of the latest entries to answer where `since` is not recovered. */
  limit?: number | null;
  invite?: string | null;
  as?: "player" | "spectator" | null;
  vector?: ArrayBuffer | Uint8Array | null;
  /** Of a Merkle leaf of the room's gate: that the account is on its list. */
  proof?: Hex[] | null;
  /** An address that delegated to this account, where the room's gate takes delegates. */
  vault?: Hex | null;
}

/** The process that hosts a room. */
export interface RoomLease {
  owner: string | null;
  until: number;
  fence: number;
}

/** Stop following a room; a player gives up the seat. */
export interface RoomLeave {
  room: RoomId;
  reason?: string | null;
  id?: string | null;
}

/** List rooms, newest activity first; `live` keeps the list up to date by `lobby` events. */
export interface RoomList {
  kind?: string | null;
  query?: string | null;
  /** Only rooms whose game somebody who joins now plays. */
  open?: boolean | null;
  /** Only rooms that the server's operators recommend. */
  featured?: boolean | null;
  mine?: boolean | null;
  live?: boolean | null;
  cursor?: string | null;
  limit?: number | null;
}

/** List who belongs to a room, the highest roles first. */
export interface RoomMembers {
  room: RoomId;
  cursor?: string | null;
  limit?: number | null;
}

/** Mute, kick, ban an account below one's own role, undo that, give it a role; or release a message that waits. */
export interface RoomModerate {
  room: RoomId;
  /** Whom; left out to release a message. */
  account?: string | null;
  action: "mute" | "unmute" | "kick" | "ban" | "unban" | "role" | "release" | "dismiss";
  /** Of the message to release. */
  seq?: number | null;
  /** To dismiss. */
  report?: string | null;
  role?: string | null;
  until?: number | null;
  reason?: string | null;
  id?: string | null;
}

/** Say how much one wants to hear of a room, or of a thread in it. */
export interface RoomNotify {
  room: RoomId;
  /** The root; to follow a thread one has no part in too. */
  thread?: number | null;
  level: "all" | "mentions" | "none";
  /** When (ms) that ends by itself. */
  until?: number | null;
}

/** An administrator of the server reads the room for a day, though nobody else reads along. */
export interface RoomOpened {
  by: Account;
  reason: string;
}

/** Write an entry; the same id and content again answer the first one's place. */
export interface RoomPost {
  room: RoomId;
  id: string;
  type: string;
  body: JsonObject | ArrayBuffer | Uint8Array;
  sig?: string | null;
  salt?: Hex | null;
  seen?: SeenHead | null;
}

/** Ask who is in a room now, as after a gap in `presence.v`. */
export interface RoomPresence {
  room: RoomId;
}

/** Move one's reading position forward, in the room or in one thread of it. */
export interface RoomRead {
  room: RoomId;
  seq: number;
  /** The root of the thread that was read; left out, the room and its threads were. */
  thread?: number | null;
}

/** One room. */
export interface RoomReply {
  room: RoomInfo;
}

/** Report a message to the moderators, once; nobody in the room learns who did. */
export interface RoomReport {
  room: RoomId;
  of: number;
  reason: "spam" | "abuse" | "scam" | "other";
  note?: string | null;
}

/** List a room's open reports, for its moderators. */
export interface RoomReports {
  room: RoomId;
  cursor?: string | null;
}

/** What a room's owner set for everybody. */
export interface RoomRules {
  post: "everyone" | "members" | "editors" | "moderators";
  /** Between two messages of one account; moderators are exempt. */
  slow: number;
  hold: "none" | "new" | "all";
  files: boolean;
  emoji: Record<string, Hex>;
  lastSeen: boolean;
  /** For moderators alone. */
  words?: RuledWord[];
}

/** Find messages, and the document, that hold all words of a query, newest first. */
export interface RoomSearch {
  room: RoomId;
  query: string;
  from?: string | null;
  type?: string | null;
  /** Only messages with a lower seq. */
  before?: number | null;
  /** Only messages with a higher seq. */
  after?: number | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Pass news to everybody else in a room that this socket has joined; it is never stored. */
export interface RoomSignal {
  room: RoomId;
  type: string;
  body?: unknown;
}

/** The room goes on; a game's clocks were moved by as long as it stood still. */
export interface RoomThawed {
  by: Account;
}

/** The room has another owner; the one before is a moderator now. */
export interface RoomTransferred {
  by: Account;
  from: Account;
  to: Account;
}

/** They recommend it no longer. */
export interface RoomUnfeatured {
  by: Account;
}

/** End a watch, by its id. */
export interface RoomUnwatch {
  room: RoomId;
  watch: string;
  id?: string | null;
}

/** The watch of that id ended. */
export interface RoomUnwatched {
  watch: string;
  by: Account;
}

/** Let a room hear of events of a contract, or read those again that a gap left out. */
export interface RoomWatch {
  room: RoomId;
  watch?: WatchRequest | null;
  /** In place of `watch`: the seq of a `chain.gap`. */
  fill?: number | null;
  id?: string | null;
}

/** The room hears of these events from now on. */
export interface RoomWatched {
  watch: WatchInfo;
  by: Account;
}

/** The words of a room were set; only moderators get the body. */
export interface RoomWords {
  by: Account;
  words: RuledWord[];
}

/** Which rooms a list shows. */
export interface RoomsQuery {
  kind?: string;
  query?: string;
  /** Only rooms whose game somebody who joins now plays. */
  open?: "1" | "true";
  /** Only rooms that the server's operators recommend. */
  featured?: "1" | "true";
  cursor?: string;
  /** At most 200. */
  limit?: number;
}

/** The node's answer. */
export interface RpcReply {
  id: unknown;
  jsonrpc?: string;
  result?: unknown;
  error?: JsonObject;
}

/** A JSON-RPC call that a wallet makes. */
export interface RpcRequest {
  method: string;
  params?: unknown[];
  id: unknown;
  jsonrpc?: string;
}

/** A word or phrase that a room does something about. */
export interface RuledWord {
  match: string;
  do: "block" | "hold" | "mask";
}

/** Rules of a room to set; those that are not named stay. */
export interface RulesChange {
  /** Who writes `chat.*`, `doc.*` and `app.*`. */
  post?: "everyone" | "members" | "editors" | "moderators" | null;
  /** Milliseconds between two messages of one account. */
  slow?: number | null;
  /** Whose messages wait for a moderator. */
  hold?: "none" | "new" | "all" | null;
  files?: boolean | null;
  /** The room's own emoji: the hash of each one's picture by its name. */
  emoji?: JsonObject | null;
  lastSeen?: boolean | null;
  /** Compared in the form of search, no patterns; only moderators see them. */
  words?: Word[] | null;
}

/** The figures of ten seconds; a percentile is null where nothing happened. */
export interface SampleFacts {
  at: number;
  connections: number;
  /** Live rooms by kind. */
  rooms: Record<string, number>;
  residentBytes: number;
  /** Writes that wait for the database. */
  storeWaiting: number;
  redis: "none" | "up" | "down";
  requestsPerSecond: number;
  entriesPerSecond: number;
  bytesInPerSecond: number;
  bytesOutPerSecond: number;
  ackP50Ms: number | null;
  ackP99Ms: number | null;
  commitP99Ms: number | null;
  loopLagMs: number | null;
}

/** A mute or a ban on the whole server. */
export interface SanctionInfo {
  kind: "mute" | "ban";
  /** Null for good. */
  until: number | null;
  by: Account;
  reason: string;
  at: number;
}

/** Done. */
export interface SanctionReply {
}

/** Where it shall hold, and until when. */
export interface SanctionRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
  /** `server`, or `room:<id>`. */
  scope?: string;
  until?: number | null;
}

/** Find messages and documents that hold all words of a query, newest first; in one's own rooms if none is named. */
export interface Search {
  query: string;
  rooms?: RoomId[] | null;
  from?: string | null;
  type?: string | null;
  /** Only messages written before then, in milliseconds since 1970. */
  before?: number | null;
  /** Only messages written after then. */
  after?: number | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Messages and documents found, newest first; without a cursor there are no more. */
export interface SearchReply {
  ok: true;
  entries: Entry[];
  cursor: string | null;
}

/** How many people a game takes. */
export interface SeatRange {
  min: number;
  max: number;
}

/** Who gets which seat. */
export interface Seated {
  account: Account;
  seat: number;
  rating?: number;
}

/** How many seats a game has; those kept for its own bots count as taken. */
export interface Seats {
  taken: number;
  total: number;
}

/** The head of the log that the author of a signed post had seen. */
export interface Seen {
  seq: number;
  hash: Hex;
}

/** The head of the log that the author of a signed post had seen. */
export interface SeenHead {
  seq: number;
  hash: Hex;
}

/** Whose signal it is. */
export interface Sender {
  account: Account;
  connection: string;
}

/** The process. */
export interface ServerFacts {
  name: string;
  version: string;
  uptimeMs: number;
}

/** A session with its token, which nobody is told again. */
export interface Session {
  account: Account;
  address: string;
  chainId: number | string;
  method: string;
  sessionKey: string | null;
  expiresAt: number;
  token: string;
}

/** A session, and nothing of its token. */
export interface SessionFacts {
  id: string;
  createdAt: number;
  expiresAt: number;
  endedAt: number | null;
  endedBy: string | null;
  device: string;
  method: string;
}

/** Who is signed in, and until when. */
export interface SessionInfo {
  account: Account;
  address: string;
  chainId: number | string;
  method: string;
  sessionKey: string | null;
  expiresAt: number;
}

/** The result of a settled game: EIP-712 `GameResult`, and the referee's signature or why there is none. */
export interface Settlement {
  typedData: JsonObject;
  /** Whose signature the escrow takes; the zero address where the players alone sign. */
  referee: Account;
  sig?: Hex;
  unsettled?: "no_referee_key" | "other_referee_key";
}

/** A block in a chain room's state. */
export interface ShownBlock {
  number: number;
  hash: Hex;
  parent: Hex;
  time: number;
  transactions: number;
  gasUsed: number | null;
  gasLimit: number | null;
  /** In wei. */
  baseFee?: string;
  blobGasUsed?: number;
  miner: string | null;
  /** Bytes; null where the node does not say. */
  size: number | null;
  status: Finality;
}

/** What a connection shows by the signal `presence`; bytes as `{b64}`. */
export interface ShownData {
  account: Account;
  body: unknown;
}

/** The newest block. */
export interface ShownHead {
  number: number;
  hash: Hex;
  time: number;
}

/** What an account says of itself, or when it was seen last where it is away and the room tells that. */
export interface ShownStatus {
  status?: "active" | "idle" | "busy";
  text?: string;
  until?: number;
  lastSeen?: number;
}

/** News that is not stored; null `from`: the room itself. */
export interface Signal {
  room: RoomId;
  from: Sender | null;
  type: string;
  body: unknown;
}

/** The server's word for a room's position: EIP-191 over the JCS of the first four keys. */
export interface SignedHead {
  room: RoomId;
  epoch: string;
  seq: number;
  hash: Hex;
  by: string;
  sig: Hex;
}

/** The last line of a transcript. */
export interface SignedLine {
  signed: SignedHead;
}

/** How many sessions ended. */
export interface SignedOutReply {
  ended: number;
}

/** After how long bots may fill the table. */
export interface SoughtBots {
  after: number;
}

/** How far from their rating the others may be. */
export interface SoughtWindow {
  within: number;
  widenPerSecond: number;
  most: number;
}

/** What a room's computed state is now. */
export type StateEvent = StatePatch | StateSteps | StateWhole;

/** What changed of a computed state since `base` (RFC 6902). */
export interface StatePatch {
  room: RoomId;
  seq: number;
  base: number;
  patch: PatchOperation[];
}

/** The state at which entry. */
export interface StateQuery {
  /** The last entry that is in it; the newest where it is missing. */
  at?: number;
}

/** A room's state as a spectator saw it once entry `seq` was there. */
export interface StateReply {
  room: RoomId;
  seq: number;
  /** When the entry was written; null where the entry itself is not kept any more. */
  at: number | null;
  /** The earliest entry whose state may be asked for. */
  first: number;
  /** The newest one. */
  head: number;
  /** The kind's view (its schema is in `/api/kinds`); null where it has none. */
  state: JsonObject | null;
}

/** What was added to the numbers of a computed state since `base`; only for clients that asked for `steps`. */
export interface StateSteps {
  room: RoomId;
  seq: number;
  base: number;
  /** Base64 VLQ, in the order of the numbers. */
  steps: string;
}

/** A computed state as a whole. */
export interface StateWhole {
  room: RoomId;
  seq: number;
  state: unknown;
}

/** Which entries of a room. */
export interface TailQuery {
  /** The newest 100 where it is missing. */
  after?: number;
  /** Whether to go on with entries as they come. */
  follow?: "1";
}

/** What a thread's root shows of it: how many replies, the last one, and up to five who wrote of late. */
export interface ThreadSummary {
  count: number;
  last: LastReply;
  by: Account[];
}

/** What `?ticket=` takes for this one file, until then. */
export interface TicketReply {
  ticket: string;
  until: number;
}

/** What a token says of itself; nobody vouches for it. */
export interface TokenMeta {
  symbol: string;
  decimals: number;
}

/** A transaction that a message is about. */
export interface TransactionCard {
  chain: number;
  tx: Hex;
}

/** The first line of a transcript. */
export interface TranscriptHead {
  room: RoomId;
  epochs: Epoch[];
  head: number;
  protocol: number;
  floor?: Floor;
}

/** Who owns a room from now on. */
export interface TransferRequest {
  reason: string;
  /** Makes a retry safe: the same id answers the same. */
  id: string;
  account: string;
}

/** How many blocks were undone. */
export interface UndoneReply {
  undone: number;
}

/** What the file is called. */
export interface UploadQuery {
  /** Without folders, controls and what a file system refuses; those are taken out. */
  name?: string;
}

/** A signed message. */
export interface VerifyRequest {
  message: string;
  signature: string;
}

/** One version in a list; `by` and `title` are "" where the room kept it by itself. */
export interface Version {
  seq: number;
  title: string;
  by: Account;
  at: number;
}

/** Which server this is, and which protocol it speaks. */
export interface VersionReply {
  name: string;
  version: string;
  protocol: number;
}

/** An entry that no longer holds, and why. */
export interface VoidEntry {
  seq: number;
  reason: string;
}

/** What a wallet holds of a token, or of the chain's own coin, as of a block. */
export interface WalletBalance {
  watch: string;
  chain: number;
  /** `native` for the chain's own coin. */
  token: string;
  balance: string | null;
  block: BlockRef;
  status: Finality;
  odd?: string;
  meta?: TokenMeta;
}

/** An order of the account's that was settled. */
export interface WalletFill {
  venue: "cow" | "uniswapx";
  order: string;
  owner: string;
  filler?: string;
  sell: FillLeg | null;
  buy: FillLeg | null;
  fee?: string;
  /** Whether the same order was filled before. */
  partial: boolean;
  chain: number;
  block: Block;
  tx: Hex;
  logIndex: number;
  status: Finality;
  late?: boolean;
  watch: string;
}

/** The room tracks a transaction from here on. */
export interface WalletTrack {
  chain: number;
  hash: Hex;
  to?: string;
  nonce?: number;
  from?: string;
  /** When nobody waits for it any more. */
  deadline?: number;
}

/** What became of a tracked transaction. */
export interface WalletTransaction {
  /** Its `wallet.track`. */
  of: number;
  chain: number;
  hash: Hex;
  status: "submitted" | "pending" | "included" | "safe" | "finalized" | "failed" | "replaced" | "dropped" | "orphaned";
  block?: BlockRef;
  index?: number;
  confirmations?: number;
  gasUsed?: string;
  replacedBy?: Hex;
  replacement?: "repriced" | "cancelled" | "replaced";
  reason?: string;
  /** Of `failed`, `replaced` and `dropped`: that nothing follows any more. */
  final?: boolean;
}

/** Tokens came to a wallet, left it, or moved within it. */
export interface WalletTransfer {
  watch: string;
  chain: number;
  token: string;
  standard: "erc20" | "erc721" | "erc1155";
  /** In smallest units. */
  value?: string;
  id?: string;
  /** Of a batch; `values` has as many. */
  ids?: string[];
  values?: string[];
  from: string;
  to: string;
  direction: "in" | "out" | "self";
  block: Block;
  tx: Hex;
  logIndex: number;
  status: Finality;
  late?: boolean;
}

/** A watch as the room keeps it; events strictly after `from` are delivered. */
export interface WatchInfo {
  id: string;
  chain: number;
  address?: string | string[];
  event?: string | string[];
  topics?: (string[] | null)[];
  where?: JsonObject;
  finality: Finality | number;
  confirm: (Finality | number)[];
  from: BlockRef;
  blocks?: true;
  balance?: BalanceOf;
  /** What the room's kind uses the events for, where it made the watch itself. */
  for?: string | JsonObject;
  /** An event that is read along where it stands directly before a watched one. */
  before?: string;
}

/** The watch, with the block it begins after. */
export interface WatchReply {
  ok: true;
  /** The entry that the first request with this id led to. */
  seq?: number;
  duplicate?: true;
  room?: RoomInfo;
  watch: WatchInfo;
  /** `indexed`: the signature names no indexed parameter, as if copied from an explorer. */
  warning?: "indexed" | null;
  /** Of a gap: how many events were read and are told. */
  filled?: number;
}

/** What of a chain a room wants to hear of: events of contracts, blocks, or a balance; a misspelt key is refused. */
export interface WatchRequest {
  chain: number;
  /** One contract or up to 32; operators may leave it out. */
  address?: string | string[];
  /** A human-readable signature, such as `Transfer(address indexed from, address indexed to, uint256 value)`. */
  event?: string | string[];
  /** In place of `event`: what each of up to four topics may be, null for anything; for anonymous events too. */
  topics?: (string[] | null)[];
  /** Values of indexed parameters. */
  where?: JsonObject;
  finality?: Finality | number;
  confirm?: (Finality | number)[];
  fromBlock?: number;
  /** In place of `event`: every block, as `chain.block`. */
  blocks?: true;
  /** In place of `event`: a balance whenever it changes, as `chain.balance`. */
  balance?: BalanceOf;
  /** In place of `address` and `event`, by operators: the pools that this contract makes, which then have markets. */
  factory?: string;
}

/** The first event on every socket. */
export interface Welcome {
  protocol: number;
  /** Empty for a guest, as `address` is; a guest's `chainId` is null. */
  account: Account;
  address: string;
  chainId: number | string | null;
  /** A guest's number in this process, from 1: what it is called, as in `Guest 12`. */
  guest?: number;
  /** This socket's public id: the one that signals name. */
  connection: string;
  time: number;
  server: About;
  limits: Limits;
  /** The server's key for push services (base64url), where it sends pushes; `applicationServerKey` of `subscribe`. */
  push?: string;
  /** The optional features that the handshake asked for and this server serves. */
  features?: string[];
}

/** A word or phrase that a room does something about. */
export interface Word {
  match: string;
  do: "block" | "hold" | "mask";
}

/** A Yjs update: bytes as an `entry` event, which carries them as an attachment, and `{b64}` elsewhere. */
export type DocUpdate = ArrayBuffer | Uint8Array | Binary;

/** One numbered, durable line of a room's log; `body` is null where it is hidden or was erased. */
export interface EntryHead {
  room: RoomId;
  seq: number;
  id: string;
  author: Account;
  at: number;
  hash: Hex;
  sig?: Hex;
  /** The head its author had seen, in signed posts. */
  seen?: Seen;
  /** Where the body is missing, and where a proof was asked for. */
  bodyHash?: Hex;
  redacted?: "hidden" | "held" | "erased";
  /** In history asked with `proof`, and in transcripts, as `salt` is. */
  epoch?: string;
  salt?: Hex;
}

/** The body of each entry type. */
export interface EntryBodies {
  "room.created": RoomCreated;
  "room.configured": RoomConfigured;
  "room.words": RoomWords;
  "room.closed": RoomClosed;
  "room.opened": RoomOpened;
  "room.frozen": RoomFrozen;
  "room.thawed": RoomThawed;
  "room.featured": RoomFeatured;
  "room.unfeatured": RoomUnfeatured;
  "room.announced": RoomAnnounced;
  "room.transferred": RoomTransferred;
  "room.watched": RoomWatched;
  "room.unwatched": RoomUnwatched;
  "member.role": MemberRole;
  "member.muted": MemberMuted;
  "member.banned": MemberBanned;
  "member.admitted": MemberAdmitted;
  "member.removed": MemberRemoved;
  "member.restored": MemberRestored;
  "dm.accepted": DmAccepted;
  "chat.message": ChatMessage;
  "chat.edit": ChatEdit;
  "chat.delete": ChatDelete;
  "chat.reaction": ChatReaction;
  "chat.pin": ChatPin;
  "chat.resolve": ChatResolve;
  "chat.held": ChatHeld;
  "chat.released": ChatReleased;
  "game.action": GameAction;
  "game.seated": GameSeated;
  "game.seed": GameSeed;
  "game.started": GameStarted;
  "game.tick": GameTick;
  "game.dropped": GameDropped;
  "game.returned": GameReturned;
  "game.left": GameLeft;
  "game.paused": GamePaused;
  "game.resumed": GameResumed;
  "game.timeout": GameTimeout;
  "game.ended": GameEnded;
  "game.funded": GameFunded;
  "game.settled": GameSettled;
  "game.migrated": GameMigrated;
  "chain.event": ChainEvent;
  "chain.block": ChainBlock;
  "chain.balance": ChainBalance;
  "chain.moved": ChainMoved;
  "chain.reverted": ChainReverted;
  "chain.confirmed": ChainConfirmed;
  "chain.gap": ChainGap;
  "chain.stalled": ChainStalled;
  "wallet.transfer": WalletTransfer;
  "wallet.balance": WalletBalance;
  "wallet.fill": WalletFill;
  "wallet.track": WalletTrack;
  "wallet.transaction": WalletTransaction;
  "market.trade": MarketTrade;
  "market.odd": MarketOdd;
  "market.fill": MarketFill;
  "doc.version": DocVersionBody;
  "doc.restored": DocRestoredBody;
  "match.sought": MatchSought;
  "match.withdrawn": MatchWithdrawn;
  "match.made": MatchMade;
  "match.missed": MatchMissed;
  "match.ended": MatchEnded;
  "board.counted": BoardCounted;
  "board.season": BoardSeason;
  "party.joined": PartyJoined;
  "party.left": PartyLeft;
  "party.ready": PartyReadiness;
  "doc.update": DocUpdate;
}

/** An entry of one type; `body` is null where it is hidden or was erased. */
export type EntryOf<Type extends keyof EntryBodies> = EntryHead & { type: Type; body: EntryBodies[Type] | null };

/** An entry of a type that this version knows. */
export type KnownEntry = { [Type in keyof EntryBodies]: EntryOf<Type> }[keyof EntryBodies];

/** One numbered, durable line of a room's log; `entry.type ===` says which body it has. Skip types you do not know. */
export type Entry = KnownEntry | AppEntry;

/** What each request sends. */
export interface Requests {
  "room:create": RoomCreate;
  "room:list": RoomList;
  "room:configure": RoomConfigure;
  "room:close": RoomClose;
  "room:join": RoomJoin;
  "room:leave": RoomLeave;
  "room:presence": RoomPresence;
  "room:members": RoomMembers;
  "room:post": RoomPost;
  "room:signal": RoomSignal;
  "room:history": RoomHistory;
  "room:search": RoomSearch;
  search: Search;
  "room:read": RoomRead;
  "room:moderate": RoomModerate;
  "room:invite": RoomInvite;
  "room:watch": RoomWatch;
  "room:unwatch": RoomUnwatch;
  "match:find": MatchFind;
  "match:cancel": MatchCancel;
  "party:create": PartyCreate;
  "party:ready": PartyReady;
  "ratings:of": RatingsOf;
  "board:read": BoardRead;
  "market:depth": MarketDepth;
  "chain:lookup": ChainLookup;
  "chain:pending": ChainPending;
  "doc:version": DocVersion;
  "doc:versions": DocVersions;
  "doc:read": DocRead;
  "doc:restore": DocRestore;
  "room:report": RoomReport;
  "room:reports": RoomReports;
  "account:status": AccountStatus;
  "account:block": AccountBlock;
  "account:blocks": AccountBlocks;
  "account:push": AccountPush;
  "account:profile": AccountProfile;
  "account:profiles": AccountProfiles;
  "notices:list": NoticesList;
  "notices:read": NoticesRead;
  "room:notify": RoomNotify;
  "dm:open": DmOpen;
  "dm:answer": DmAnswer;
}

/** What each request is answered where it was carried out. */
export interface Replies {
  "room:create": CreateReply;
  "room:list": ListReply;
  "room:configure": ConfigureReply;
  "room:close": Repeatable;
  "room:join": JoinReply;
  "room:leave": Repeatable;
  "room:presence": PresenceReply;
  "room:members": MembersReply;
  "room:post": PostReceipt;
  "room:signal": Done;
  "room:history": HistoryReply | MessagesReply;
  "room:search": SearchReply;
  search: FoundReply;
  "room:read": Done;
  "room:moderate": ModerateReply;
  "room:invite": InviteReply;
  "room:watch": WatchReply;
  "room:unwatch": Repeatable;
  "match:find": MatchReply;
  "match:cancel": Done;
  "party:create": CreateReply;
  "party:ready": Done;
  "ratings:of": RatingsReply;
  "board:read": BoardReply;
  "market:depth": DepthReply;
  "chain:lookup": LookupReply;
  "chain:pending": Done;
  "doc:version": DocSeqReply;
  "doc:versions": DocVersionsReply;
  "doc:read": DocReadReply;
  "doc:restore": DocSeqReply;
  "room:report": Done;
  "room:reports": ReportsReply;
  "account:status": Done;
  "account:block": Done;
  "account:blocks": BlocksReply;
  "account:push": Done;
  "account:profile": ProfileReply;
  "account:profiles": ProfilesReply;
  "notices:list": NoticesReply;
  "notices:read": Done;
  "room:notify": Done;
  "dm:open": DmReply;
  "dm:answer": Done;
}

/** What each event of the server carries. */
export interface Events {
  welcome: Welcome;
  entry: Entry;
  state: StateEvent;
  presence: PresenceEvent;
  signal: Signal;
  read: ReadEvent;
  notice: Notice;
  "match:status": MatchStatus;
  "match:found": MatchFound;
  lobby: LobbyEvent;
  "room:closed": RoomEnd;
  "room:removed": RoomEnd;
  closing: Closing;
  frame: FrameEvent;
  ack: AckEvent;
}

export type RequestName = keyof Requests;
export type EventName = keyof Events;

/** The answer to a request, carried out or refused. */
export type AckOf<Name extends RequestName> = Replies[Name] | Refusal;

/** Any ack. */
export type Ack = ({ ok: true } & JsonObject) | Refusal;

/** Socket.IO's own generics, for stock clients. */
export type ServerToClientEvents = { [Name in EventName]: (event: Events[Name]) => void };
export type ClientToServerEvents = {
  [Name in RequestName]: (request: Requests[Name], ack?: (reply: AckOf<Name>) => void) => void;
};
