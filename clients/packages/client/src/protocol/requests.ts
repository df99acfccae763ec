import type { ConfigureOptions, InviteOptions, ModerateOptions } from "../rooms/options.js";
import type {
  Entry,
  JoinReply,
  JsonObject,
  Member,
  Position,
  PostReceipt,
  PresenceSnapshot,
  RoomId,
  RoomInfo,
  WatchInfo,
  WatchRequest,
} from "./types.js";

interface About {
  room: RoomId;
}
/** Makes a request that changes something safe to send again. */
interface Repeatable {
  id?: string;
}
type Nothing = Record<never, never>;
interface EntryPage {
  entries: Entry[];
  more: boolean;
}

/** Every request of the protocol: what it carries, and its answer beyond `ok`. */
export interface Requests {
  "room:create": {
    in: Repeatable & {
      kind: string;
      title?: string;
      options?: JsonObject;
      visibility?: "public" | "private";
      signed?: boolean;
    };
    out: { room: RoomInfo; duplicate?: true };
  };
  "room:list": {
    in: {
      kind?: string;
      query?: string;
      open?: boolean;
      mine?: boolean;
      live?: boolean;
      cursor?: string;
      limit?: number;
    };
    out: { rooms: RoomInfo[]; cursor: string | null };
  };
  "room:join": {
    in: About & { since?: Position; limit?: number; invite?: string; as?: "player" | "spectator" };
    out: JoinReply;
  };
  "room:leave": { in: About & Repeatable & { reason?: string }; out: Nothing };
  "room:close": { in: About & Repeatable & { reason?: string }; out: Nothing };
  "room:history": {
    in: About & {
      before?: number;
      after?: number;
      limit?: number;
      view?: "entries" | "messages";
      proof?: boolean;
    };
    out: EntryPage;
  };
  "room:post": { in: About & { id: string; type: string; body: JsonObject }; out: PostReceipt };
  "room:signal": { in: About & { type: string; body?: JsonObject }; out: Nothing };
  "room:read": { in: About & { seq: number }; out: Nothing };
  "room:members": {
    in: About & { cursor?: string; limit?: number };
    out: { members: Member[]; cursor: string | null };
  };
  "room:presence": { in: About; out: PresenceSnapshot };
  "room:search": { in: About & { query: string; limit?: number }; out: { entries: Entry[] } };
  "room:invite": { in: About & Repeatable & InviteOptions; out: { invite: string } };
  "room:configure": { in: About & Repeatable & ConfigureOptions; out: { room?: RoomInfo } };
  "room:moderate": { in: About & Repeatable & ModerateOptions; out: { seq: number } };
  "room:watch": { in: About & Repeatable & { watch: WatchRequest }; out: { watch: WatchInfo } };
  "room:unwatch": { in: About & Repeatable & { watch: string }; out: Nothing };
  "match:find": { in: { kind: string; options?: JsonObject }; out: { ticket: string } };
  "match:cancel": { in: { ticket: string }; out: Nothing };
}
