/** What `/api/admin/*` answers, as far as the pages show it (docs/protocol.md section 7). */

export interface ConnectionRow {
  id: string;
  account: string;
  transport: string;
  remote: string;
  rooms: string[];
  since: number;
  /** Bytes that the client has yet to read. */
  queueBytes: number;
}

export interface RoomRow {
  id: string;
  kind: string;
  title: string | null;
  visibility: string;
  owner: string;
  createdAt: number;
  members: number;
  connections: number;
  head: number;
  live: boolean;
}

/** The figures of ten seconds; null where nothing happened. */
export interface HourSample {
  at: number;
  connections: number;
  requestsPerSecond: number;
  entriesPerSecond: number;
  ackP99Ms: number | null;
  commitP99Ms: number | null;
  loopLagMs: number | null;
  residentBytes: number;
  /** Writes that wait for the database. */
  storeWaiting: number;
}

export interface Overview {
  now: { redis: "none" | "up" | "down" };
  server: { name: string; version: string; uptimeMs: number };
  connections: ConnectionRow[];
  rooms: RoomRow[];
  metrics: Record<string, number>;
  /** Samples since the one that was named. */
  hour?: HourSample[];
}

export interface Endpoint {
  name: string;
  healthy: boolean;
  head: number;
  errors: number;
  lastError: string;
  latencyMs: number;
}

export interface Chain {
  chain: number;
  state: string;
  reason: string | null;
  head: number | null;
  processed: number | null;
  safe: number | null;
  finalized: number | null;
  lagBlocks: number | null;
  lagSeconds: number;
  watches: number;
  stalled: number;
  reorgs: number;
  deepestReorg: number;
  recentReorgs: { first: number; blocks: number; at: number }[];
  endpoints: Endpoint[];
  outbox: { waiting: number; parked: number; delivered: number };
}

export interface Webhook {
  name: string;
  url: string;
  rooms: string;
  types: string[];
  /** Of PARLOUR_WEBHOOKS, which alone changes it. */
  setting: boolean;
  sending: boolean;
  waiting: number;
  parked: { room: string | null; seq: number; at: number; error: string }[];
}

/** A line of a room's log. */
export interface LogEntry {
  room: string;
  seq: number;
  type: string;
  author: string;
  at: number;
  body: unknown;
  redacted?: "hidden" | "held" | "erased";
}

export interface Report {
  id: string;
  room: string;
  seq: number;
  at: number;
  state: string;
  count: number;
  reasons: Record<string, number>;
  entry?: LogEntry;
  by?: { account: string; reason: string; note?: string | null; at: number }[];
  around: LogEntry[];
}

export interface AdminRoom {
  id: string;
  kind: string;
  title: string | null;
  visibility: string;
  owner: string;
  createdAt: number;
  updatedAt: number;
  state: "open" | "closed" | "frozen";
  featured?: true;
  game?: { status: string; seats: { taken: number; total: number | null } };
  members: number;
  connections: number;
  head: number;
  live: boolean;
}

export interface Member {
  account: string;
  role: string | null;
  joinedAt: number | null;
  read: number;
  bannedUntil?: number;
}

export interface RoomAnswer {
  room: AdminRoom;
  floor: number;
  format: number;
  epoch: string;
  members: Member[];
  watches: object[];
  lease: { owner: string | null; until: number; fence: number };
}

/** What an account saw after entry `seq`. */
export interface PastState {
  seq: number;
  at: number | null;
  first: number;
  head: number;
  state: unknown;
}

export interface GateAnswer {
  gate: object | null;
  passes: boolean | null;
  exempt: boolean;
  leaves: { leaf: object; have: string | null; passes: boolean | null; block?: { number: number } }[];
  silent: number[];
}

export interface AuditRow {
  by: string;
  id: string;
  what: string;
  at: number;
  whom: string | null;
  reason: string | null;
  from: string | null;
  before: object | null;
  after: object | null;
  n: number | null;
}

export interface PersonLine {
  account: string;
  seenAt: number | null;
  name?: string;
  bot?: boolean;
  sanctions: ("mute" | "ban")[];
}

export interface Sanction {
  kind: "mute" | "ban";
  until: number | null;
  by: string;
  reason: string;
  at: number;
}

export interface SessionRow {
  id: string;
  createdAt: number;
  expiresAt: number;
  endedAt: number | null;
  endedBy: string | null;
  device: string;
  method: string;
}

export interface PersonAnswer {
  account: string;
  rank: number;
  seenAt: number | null;
  profile: Record<string, unknown>;
  sanctions: Sanction[];
  sessions: SessionRow[];
  rooms: { id: string; kind: string; title: string; role: string | null; joinedAt: number | null }[];
  notes: { at: number; by: string; text: string }[];
  reports: { made: number; about: { id: string; room: string; seq: number; state: string; at: number }[] };
}

export type Role = "viewer" | "moderator" | "operator" | "admin";

export interface RoleRow {
  account: string;
  role: Role;
  setting: boolean;
}

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
}

export interface SettingRow {
  name: string;
  value: unknown;
  source: "default" | "parlour.toml" | ".env" | "environment" | "command line" | "console";
  changeable: boolean;
  meaning: string;
  unit: string;
  why: string;
}

export interface Node {
  name: string;
  version: string;
  state: "up" | "draining" | "drained" | "dead";
  rooms: number;
  connections: number;
  load: number;
  startedAt: number;
  seenMs: number;
  url: string;
}

export interface FoundMessage {
  room: string;
  entry: LogEntry;
}
