import { connect, createSession } from "@parlour/client";
import { onServer } from "./store.js";
/** Make the door of a provider, without opening anything: its client is a guest, or the account of the session. */
export function makeDoor({ client: given, ...options }) {
    const session = given ? null : sessionOf(options);
    const listeners = new Set();
    /** Whose the client is, once that is known. */
    let account;
    let resuming;
    let timer;
    let client = given ?? join();
    /** Continue the session that a reload left, once. */
    function resume() {
        const once = async () => {
            await session?.resume().catch(() => null); // the connection asks again what could not be answered
            account = session?.session.get()?.account ?? "";
        };
        return (resuming ??= once());
    }
    function join() {
        const token = async () => (await resume(), session.token());
        const source = session && { token: { token, tokenEnded: (ended) => session.tokenEnded(ended) } };
        if (!onServer)
            return connect({ ...options, ...source });
        const inert = connect({ url: "http://server", ...options });
        inert.close(); // it shows nothing, and asks nothing
        return inert;
    }
    function renew() {
        const before = client;
        client = join();
        for (const listener of [...listeners])
            listener(client);
        before.close();
    }
    function become(now) {
        if (account === undefined || account === (now?.account ?? ""))
            return; // not connected yet, or renewed
        account = now?.account ?? "";
        renew();
    }
    return {
        session,
        get: () => client,
        subscribe(listener) {
            listeners.add(listener);
            return () => void listeners.delete(listener);
        },
        open() {
            clearTimeout(timer);
            if (!given && client.error?.reason === "closed")
                renew(); // it was hidden for a while
            const off = session?.session.subscribe(become);
            void resume();
            return () => {
                off?.();
                if (!given)
                    timer = setTimeout(() => client.close());
            };
        },
    };
}
function sessionOf(options) {
    const { token } = options;
    if (token === undefined)
        return createSession(options);
    const manager = token; // of all that gives tokens it alone has a session to follow
    return manager.session ? manager : null;
}
