import { DocumentProvider } from "./provider.js";
/** The documents that `shared` opened, each until its handle on the room is over. */
const providers = new WeakMap();
/** Return a map of a room's document as a plain object that tells its changes; all maps of a room share one document. */
export function shared(room, name) {
    const known = providers.get(room);
    if (known)
        return known.map(name);
    const provider = new DocumentProvider(room);
    providers.set(room, provider);
    room.status.subscribe((status) => status === "ended" && provider.destroy());
    return provider.map(name);
}
