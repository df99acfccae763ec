import type { HeldSocket } from "./held-socket.js";
import type { FromHolder, FromTab } from "./tab-messages.js";
/** What a new holder says first: whoever was connected is not any more. */
export declare const HELD = "held";
/** The tabs that share one socket, as one of them sees them; the one with the Web Lock of their name holds it. */
export declare class TabGroup {
    #private;
    readonly name: string;
    /** Args: hold makes the socket once this tab holds it; receive gets what the holder says, here or elsewhere. */
    constructor(name: string, tab: string, hold: (tell: (message: FromHolder) => void) => HeldSocket, receive: (message: FromHolder) => void);
    send(message: FromTab): void;
    /** Let the others go on without this tab. */
    leave(): void;
}
