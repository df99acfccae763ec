import type { Listener, Off } from "../connection/events.js";
import type { Entry, PresenceSnapshot, ReadEvent, RoomAnnounced, RoomEnd, Signal } from "../protocol/types.js";
import type { Store } from "../store/store.js";
import { RoomPosting } from "./posting.js";

/** What a room tells, beside its stores. */
export interface RoomEvents<Room> {
  entry: Entry;
  signal: Signal;
  /** Up to where an account has read. */
  read: ReadEvent;
  /** `entries` and `view` start afresh: too much was missed, or the log is another one. */
  reset: Room;
  /** The room was closed or left, or this account lost its right to it. */
  end: RoomEnd;
}

/** Adds listeners; each method returns what takes the listener off. `onEntry(f)` is short for `on("entry", f)`. */
export abstract class RoomHearing<State> extends RoomPosting {
  abstract readonly view: Store<State | undefined>;
  abstract readonly presence: Store<PresenceSnapshot>;

  /** Hear what the room tells, until this handle is over. */
  abstract on<Name extends keyof RoomEvents<this>>(event: Name, listener: Listener<RoomEvents<this>[Name]>): Off;

  onEntry(listener: Listener<Entry>): Off {
    return this.on("entry", listener);
  }

  /** Hear what the server's operators announce here; what was announced before the join is among `entries`. */
  onAnnouncement(listener: Listener<RoomAnnounced>): Off {
    return this.onEntry(({ type, body }) => type === "room.announced" && body && listener(body));
  }

  onState(listener: Listener<State>): Off {
    return this.view.subscribe((view) => listener(view as State));
  }

  onPresence(listener: Listener<PresenceSnapshot>): Off {
    return this.presence.subscribe(listener);
  }

  onSignal(listener: Listener<Signal>): Off {
    return this.on("signal", listener);
  }

  onRead(listener: Listener<ReadEvent>): Off {
    return this.on("read", listener);
  }

  onReset(listener: Listener<this>): Off {
    return this.on("reset", listener);
  }

  onEnd(listener: Listener<RoomEnd>): Off {
    return this.on("end", listener);
  }
}
