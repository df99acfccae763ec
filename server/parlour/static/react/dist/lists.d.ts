import type { FindMatchOptions, KeptNotice, Lobby, LobbyOptions, MatchFound, MatchStatus, ParlourError, RoomInfo } from "@parlour/client";
/** A list and whether it has come. */
export interface OpenLobby extends Lobby {
    here: boolean;
}
/** Return a list of public rooms that is kept up to date while this component is shown. */
export declare function useOpenLobby(options: LobbyOptions): OpenLobby;
export interface LobbyState {
    /** New ones first. */
    rooms: readonly RoomInfo[];
    /** Why the list was refused; null while it was not. */
    error: ParlourError | null;
}
/** Return the public rooms that fit, kept up to date. */
export declare function useLobby(options?: LobbyOptions): LobbyState;
export declare function useLobbyState(lobby: OpenLobby): LobbyState;
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
/** Look for a table of a game; whoever is not shown any more looks no longer. */
export declare function useMatch(): MatchState;
export interface NoticesState {
    /** Newest first. */
    notices: readonly KeptNotice[];
    unread: number;
    /** Mark them as read up to one, by its id, by default all. @throws ParlourError */
    markRead: (upTo?: string) => Promise<void>;
}
/** Return what this account was told last, read anew whenever it is told something. */
export declare function useNotices(): NoticesState;
