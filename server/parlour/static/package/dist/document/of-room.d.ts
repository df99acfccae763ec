import type { Room } from "../rooms/room.js";
import type { SharedMap } from "./shared.js";
/** Return a map of a room's document as a plain object that tells its changes; all maps of a room share one document. */
export declare function shared<Values extends object = Record<string, unknown>>(room: Room, name: string): SharedMap<Values>;
