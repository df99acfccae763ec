import { newMessage, type Message } from "./chat/message.js";
import type { Client } from "./client.js";
import { reportUncaught, type Listener, type Off } from "./connection/events.js";
import { randomId } from "./connection/ids.js";
import type { ParlourError } from "./protocol/errors.js";
import type { Account, EntryOf, PostReceipt } from "./protocol/types.js";
import type { SayOptions } from "./rooms/options.js";
import type { Room } from "./rooms/room.js";
import { Cell, type Store } from "./store/store.js";

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
export function optimistic(client: Client, room: Pick<Room, "messages" | "say">): Optimistic {
  const own = new Cell<readonly ShownMessage[]>([], reportUncaught);
  const said = new Map<string, { text: string; options: SayOptions }>();
  const me = (): Account => client.me.get()?.account ?? "";

  function put(id: string, message?: ShownMessage): void {
    const others = own.get().filter((one) => one.id !== id);
    own.set(message ? [...others, message] : others);
  }

  function drop(id: string): void {
    said.delete(id);
    put(id);
  }

  async function send(id: string): Promise<PostReceipt> {
    const { text, options } = said.get(id)!;
    const entry = { seq: 0, id, author: me(), at: Date.now(), body: { text, ...options } };
    const message = newMessage(entry as unknown as EntryOf<"chat.message">);
    put(id, { ...message, sending: true });
    try {
      const receipt = await room.say(text, { ...options, id });
      drop(id);
      return receipt;
    } catch (error) {
      if (said.has(id)) put(id, { ...message, error: error as ParlourError });
      throw error;
    }
  }

  return {
    messages: joined(room.messages, own),
    say(text, { id = randomId(), ...options } = {}) {
      said.set(id, { text, options });
      return send(id);
    },
    retry: send,
    drop,
  };
}

/** Make a store of both lists, the second without what the first has by then. */
function joined(
  first: Store<readonly ShownMessage[]>,
  second: Store<readonly ShownMessage[]>,
): Store<readonly ShownMessage[]> {
  let made: { parts: unknown[]; all: readonly ShownMessage[] } | undefined;
  const get = (): readonly ShownMessage[] => {
    const parts = [first.get(), second.get()] as const;
    if (made && parts.every((part, at) => part === made!.parts[at])) return made.all;
    const here = new Set(parts[0].map(({ id, author }) => `${author} ${id}`)); // an id is unique for its author
    const more = parts[1].filter(({ id, author }) => !here.has(`${author} ${id}`));
    made = { parts: [...parts], all: more.length ? [...parts[0], ...more] : parts[0] };
    return made.all;
  };
  const subscribe = (listener: Listener<readonly ShownMessage[]>): Off => {
    let last = get();
    const onChange = (): void => {
      const now = get();
      if (now === last) return;
      last = now;
      listener(now);
    };
    const offs = [first.subscribe(onChange), second.subscribe(onChange)];
    return () => offs.forEach((off) => off());
  };
  return { get, subscribe };
}
