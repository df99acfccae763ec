import type { Room } from "../rooms/room.js";
import { DocumentProvider } from "./provider.js";
import type { SharedMap } from "./shared.js";

/** The documents that `shared` opened, each until its handle on the room is over. */
const providers = new WeakMap<Room, DocumentProvider>();

/** Return a map of a room's document as a plain object that tells its changes; all maps of a room share one document. */
export function shared<Values extends object = Record<string, unknown>>(room: Room, name: string): SharedMap<Values> {
  const known = providers.get(room);
  if (known) return known.map<Values>(name);
  const provider = new DocumentProvider(room);
  providers.set(room, provider);
  room.status.subscribe((status) => status === "ended" && provider.destroy());
  return provider.map<Values>(name);
}
