import { useCallback, useEffect, useMemo, useState } from "react";
import type {
  Answer,
  Client,
  FindMatchOptions,
  KeptNotice,
  Lobby,
  LobbyOptions,
  MatchFound,
  MatchSearch,
  MatchStatus,
  ParlourError,
  RoomInfo,
} from "@parlour/client";
import { keep, useKept } from "./kept.js";
import { useClient } from "./provider.js";
import { all, fixed, onceFor, useStore } from "./store.js";

const NO_ROOMS: readonly RoomInfo[] = [];

/** A list and whether it has come. */
export interface OpenLobby extends Lobby {
  here: boolean;
}

const lobbiesOf = onceFor((_: Client) => keep<OpenLobby>((lobby) => lobby.close()));

/** Return a list of public rooms that is kept up to date while this component is shown. */
export function useOpenLobby(options: LobbyOptions): OpenLobby {
  const client = useClient();
  const list = useKept(lobbiesOf(client), options, () => {
    const lobby: OpenLobby = { ...client.lobby(options), here: false };
    lobby.ready.then(
      () => (lobby.here = true),
      () => undefined,
    );
    return lobby;
  });
  return list!;
}

export interface LobbyState {
  /** New ones first. */
  rooms: readonly RoomInfo[];
  /** Why the list was refused; null while it was not. */
  error: ParlourError | null;
}

/** Return the public rooms that fit, kept up to date. */
export function useLobby(options: LobbyOptions = {}): LobbyState {
  return useLobbyState(useOpenLobby(options));
}

export function useLobbyState(lobby: OpenLobby): LobbyState {
  const rooms = useStore(lobby.rooms, all, NO_ROOMS);
  const error = useStore(lobby.error, all, null);
  return useMemo(() => ({ rooms, error }), [rooms, error]);
}

export interface MatchState {
  /** How the search stands; null while nothing is known, and without one. */
  status: MatchStatus | null;
  /** The table: join its room before `confirmBy`. */
  found: MatchFound | null;
  error: ParlourError | null;
  searching: boolean;
  /** Look for a table; another search before it ends. */
  find(options: FindMatchOptions): void;
  cancel(): void;
}

interface Search {
  search: MatchSearch;
  found: MatchFound | null;
  error: ParlourError | null;
}

const NO_STATUS = fixed<MatchStatus | null>(null);

/** Look for a table of a game; whoever is not shown any more looks no longer. */
export function useMatch(): MatchState {
  const client = useClient();
  const [now, setNow] = useState<Search | null>(null);
  const search = now?.search;
  useEffect(() => {
    if (!search) return undefined;
    let open = true;
    const end = (part: Partial<Search>): void => {
      open = false;
      setNow((current) => (current?.search === search ? { ...current, ...part } : current));
    };
    search.found.then(
      (found) => end({ found }),
      (error: ParlourError) => end({ error }),
    );
    return () => void (open && search.cancel().catch(() => undefined)); // where that is lost, the server gives it up
  }, [search]);
  const status = useStore(search?.status ?? NO_STATUS, all, null);
  const find = useCallback(
    (options: FindMatchOptions) => setNow({ search: client.findMatch(options), found: null, error: null }),
    [client],
  );
  const cancel = useCallback(() => setNow(null), []);
  const { found = null, error = null } = now ?? {};
  return { status, found, error, searching: now !== null && !found && !error, find, cancel };
}

export interface NoticesState {
  /** Newest first. */
  notices: readonly KeptNotice[];
  unread: number;
  /** Mark them as read up to one, by its id, by default all. @throws ParlourError */
  markRead: (upTo?: string) => Promise<void>;
}

const NOTHING: Answer<"notices:list"> = { notices: [], cursor: null, unread: 0 };

/** Return what this account was told last, read anew whenever it is told something. */
export function useNotices(): NoticesState {
  const client = useClient();
  const { notices, unread } = useStore(client.notices, all, NOTHING);
  return useMemo(() => {
    const markRead = async (upTo = notices[0]?.id): Promise<void> => {
      if (upTo !== undefined) await client.readNotices(upTo);
    };
    return { notices, unread, markRead };
  }, [client, notices, unread]);
}
