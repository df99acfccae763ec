import type { PresenceEvent, PresenceSnapshot } from "../protocol/types.js";
/** Return who is here after an event that follows `before`; undefined where one between is missing. */
export declare function presenceAfter(before: PresenceSnapshot, event: PresenceEvent): PresenceSnapshot | undefined;
