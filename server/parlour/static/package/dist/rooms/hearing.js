import { RoomPosting } from "./posting.js";
/** Adds listeners; each method returns what takes the listener off. `onEntry(f)` is short for `on("entry", f)`. */
export class RoomHearing extends RoomPosting {
    onEntry(listener) {
        return this.on("entry", listener);
    }
    /** Hear what the server's operators announce here; what was announced before the join is among `entries`. */
    onAnnouncement(listener) {
        return this.onEntry(({ type, body }) => type === "room.announced" && body && listener(body));
    }
    onState(listener) {
        return this.view.subscribe((view) => listener(view));
    }
    onPresence(listener) {
        return this.presence.subscribe(listener);
    }
    onSignal(listener) {
        return this.on("signal", listener);
    }
    onRead(listener) {
        return this.on("read", listener);
    }
    onReset(listener) {
        return this.on("reset", listener);
    }
    onEnd(listener) {
        return this.on("end", listener);
    }
}
