import type { SocketLike, SocketSettings } from "../connection/socket.js";
export interface ShareSocketOptions {
    /** Names what is shared; default `parlour`. Two servers in one origin need one each. */
    name?: string;
}
/**
 * Let the tabs of this origin share one socket: `connect({ …, createSocket: shareSocket() })`. Tabs with the same token
 * share one, which one of them holds; when that is closed another tab opens the next, and each gets what it missed, as
 * after a lost connection. Where there are no Web Locks, as in pages that are not secure, each tab has its own.
 */
export declare function shareSocket({ name }?: ShareSocketOptions): (_: SocketSettings, own: () => SocketLike) => SocketLike;
