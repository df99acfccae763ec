import type { ErrorHook } from "../connection/events.js";
import type { Entry, Answer, Position, PresenceEvent, PresenceSnapshot, Role, RoomId, RoomInfo, StateEvent } from "../protocol/types.js";
import { Cell } from "../store/store.js";
/** The latest entries that are kept: what a page shows, and enough to fold its reactions and edits. */
export declare const KEPT_ENTRIES = 2000;
/** Entries that are fetched after a reconnect; beyond it the room starts afresh, for fetching takes too long. */
export declare const CLOSED_GAP = 10000;
/** What became of an event; `behind`: something before it is missing. */
export type Outcome = "applied" | "ignored" | "behind";
/** What a join's answer means: all entries up to the head are here, some are to be fetched, or the log starts afresh. */
export type Joined = {
    kind: "complete";
    entries: readonly Entry[];
} | {
    kind: "gap" | "afresh";
};
/** Holds what a client knows of one room, and applies answers and events to it. It waits for nothing and sends nothing. */
export declare class Replica {
    #private;
    info: RoomInfo;
    role: Role;
    /** Up to where this account has read. */
    read: number;
    seat: number | null;
    /** The highest seq this client knows of. */
    head: number;
    /** The last entry or join's head whose hash is known: what a join asks to go on from. */
    known: Position | undefined;
    readonly entries: Cell<readonly Entry[]>;
    readonly view: Cell<unknown>;
    readonly presence: Cell<PresenceSnapshot>;
    constructor(id: RoomId, onError: ErrorHook);
    /** Apply a join's answer. After `gap` the log is unchanged: append what is missing and `reach`, or `startAfresh`. */
    join(reply: Answer<"room:join">): Joined;
    /** Forget the log as it was, and adopt the latest entries of a join's answer. */
    startAfresh(reply: Answer<"room:join">): void;
    /** Move to a join's head: everything up to it is here, or is never sent (ticks). */
    reach(reply: Answer<"room:join">): void;
    /** Append one entry if it is the next. Where the server computes a view, holes are ticks, which are not sent. */
    applyEntry(entry: Entry): Outcome;
    /** Append entries that follow those that are here. */
    append(entries: readonly Entry[]): void;
    /** Put older entries before those that are here, and keep as many more from now on. */
    prepend(entries: readonly Entry[]): void;
    /** Whether an entry is here without its body. */
    lacksBody(seq: number): boolean;
    /** Put entries with their bodies in place of the same ones without. */
    reveal(entries: readonly Entry[]): void;
    /** Apply a whole view, or what changed of the known one. */
    applyState(event: StateEvent): Outcome;
    /** Apply who came and left, and what they show; large rooms send a count alone. */
    applyPresence(event: PresenceEvent): Outcome;
}
