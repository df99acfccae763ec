import { type Listener } from "./events.js";
import type { SocketLike } from "./socket.js";
/** What the handshake asks for: the events of a batch in one packet, and short states (protocol section 4). */
export declare const FEATURES: string[];
/**
 * Unpacks `frame` events into the events they hold, and numbers requests so that their acks come inside.
 * With a server that does not serve frames it is the socket it was given.
 */
export declare class FramedSocket implements SocketLike {
    #private;
    constructor(socket: SocketLike);
    get auth(): SocketLike["auth"];
    set auth(auth: SocketLike["auth"]);
    on(event: string, listener: (value: never) => void): void;
    emit(event: string, payload: object, ack: Listener<never>): void;
    connect(): void;
    disconnect(): void;
}
