import { useCallback, useEffect, useMemo, useState } from "react";
import { keep, useKept } from "./kept.js";
import { useClient } from "./provider.js";
import { all, fixed, onceFor, useStore } from "./store.js";
const NO_ROOMS = [];
const lobbiesOf = onceFor((_) => keep((lobby) => lobby.close()));
/** Return a list of public rooms that is kept up to date while this component is shown. */
export function useOpenLobby(options) {
    const client = useClient();
    const list = useKept(lobbiesOf(client), options, () => {
        const lobby = { ...client.lobby(options), here: false };
        lobby.ready.then(() => (lobby.here = true), () => undefined);
        return lobby;
    });
    return list;
}
/** Return the public rooms that fit, kept up to date. */
export function useLobby(options = {}) {
    return useLobbyState(useOpenLobby(options));
}
export function useLobbyState(lobby) {
    const rooms = useStore(lobby.rooms, all, NO_ROOMS);
    const error = useStore(lobby.error, all, null);
    return useMemo(() => ({ rooms, error }), [rooms, error]);
}
const NO_STATUS = fixed(null);
/** Look for a table of a game; whoever is not shown any more looks no longer. */
export function useMatch() {
    const client = useClient();
    const [now, setNow] = useState(null);
    const search = now?.search;
    useEffect(() => {
        if (!search)
            return undefined;
        let open = true;
        const end = (part) => {
            open = false;
            setNow((current) => (current?.search === search ? { ...current, ...part } : current));
        };
        search.found.then((found) => end({ found }), (error) => end({ error }));
        return () => void (open && search.cancel().catch(() => undefined)); // where that is lost, the server gives it up
    }, [search]);
    const status = useStore(search?.status ?? NO_STATUS, all, null);
    const find = useCallback((options) => setNow({ search: client.findMatch(options), found: null, error: null }), [client]);
    const cancel = useCallback(() => setNow(null), []);
    const { found = null, error = null } = now ?? {};
    return { status, found, error, searching: now !== null && !found && !error, find, cancel };
}
const NOTHING = { notices: [], cursor: null, unread: 0 };
/** Return what this account was told last, read anew whenever it is told something. */
export function useNotices() {
    const client = useClient();
    const { notices, unread } = useStore(client.notices, all, NOTHING);
    return useMemo(() => {
        const markRead = async (upTo = notices[0]?.id) => {
            if (upTo !== undefined)
                await client.readNotices(upTo);
        };
        return { notices, unread, markRead };
    }, [client, notices, unread]);
}
