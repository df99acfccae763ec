import { newMessage } from "./chat/message.js";
import { reportUncaught } from "./connection/events.js";
import { randomId } from "./connection/ids.js";
import { Cell } from "./store/store.js";
/** Show one's own messages before the room has them: `useMessages(optimistic(client, room))` in React. */
export function optimistic(client, room) {
    const own = new Cell([], reportUncaught);
    const said = new Map();
    const me = () => client.me.get()?.account ?? "";
    function put(id, message) {
        const others = own.get().filter((one) => one.id !== id);
        own.set(message ? [...others, message] : others);
    }
    function drop(id) {
        said.delete(id);
        put(id);
    }
    async function send(id) {
        const { text, options } = said.get(id);
        const entry = { seq: 0, id, author: me(), at: Date.now(), body: { text, ...options } };
        const message = newMessage(entry);
        put(id, { ...message, sending: true });
        try {
            const receipt = await room.say(text, { ...options, id });
            drop(id);
            return receipt;
        }
        catch (error) {
            if (said.has(id))
                put(id, { ...message, error: error });
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
function joined(first, second) {
    let made;
    const get = () => {
        const parts = [first.get(), second.get()];
        if (made && parts.every((part, at) => part === made.parts[at]))
            return made.all;
        const here = new Set(parts[0].map(({ id, author }) => `${author} ${id}`)); // an id is unique for its author
        const more = parts[1].filter(({ id, author }) => !here.has(`${author} ${id}`));
        made = { parts: [...parts], all: more.length ? [...parts[0], ...more] : parts[0] };
        return made.all;
    };
    const subscribe = (listener) => {
        let last = get();
        const onChange = () => {
            const now = get();
            if (now === last)
                return;
            last = now;
            listener(now);
        };
        const offs = [first.subscribe(onChange), second.subscribe(onChange)];
        return () => offs.forEach((off) => off());
    };
    return { get, subscribe };
}
