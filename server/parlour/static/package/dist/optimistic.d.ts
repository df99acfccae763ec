import { type Message } from "./chat/message.js";
import type { Client } from "./client.js";
import type { ParlourError } from "./protocol/errors.js";
import type { PostReceipt } from "./protocol/types.js";
import type { SayOptions } from "./rooms/options.js";
import type { Room } from "./rooms/room.js";
import { type Store } from "./store/store.js";
/** A message as a page shows it, before the room has it too; it has the seq 0 until then. */
export interface ShownMessage extends Message {
    sending?: true;
    /** Why the room refused it: `retry` sends it again, `drop` takes it off. */
    error?: ParlourError;
}
/** A room's messages with one's own as soon as they are said; made by `optimistic`. */
export interface Optimistic {
    /** Those of the room, then one's own that are not there yet, in the order they were said. */
    readonly messages: Store<readonly ShownMessage[]>;
    /** Show a message at once and post it. @throws ParlourError as `room.say`; it stays, with its `error` */
    say(text: string, options?: SayOptions): Promise<PostReceipt>;
    /** Post a refused message again. @throws ParlourError as `say` */
    retry(id: string): Promise<PostReceipt>;
    drop(id: string): void;
}
/** Show one's own messages before the room has them: `useMessages(optimistic(client, room))` in React. */
export declare function optimistic(client: Client, room: Pick<Room, "messages" | "say">): Optimistic;
