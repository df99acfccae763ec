import { Manager } from "socket.io-client";
import { missingUrl } from "../protocol/errors.js";
export const SOCKET_SETTINGS = {
    autoConnect: false,
    reconnection: false,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
};
/** Make a Socket.IO socket that is not open yet. @throws ParlourError without a url where no page has one. */
export function createSocket(url) {
    if (url === undefined && typeof location === "undefined")
        throw missingUrl();
    const settings = { ...SOCKET_SETTINGS, path: socketPath(url ?? "") };
    return new Manager(url && originOf(url), settings).socket("/");
}
/** The host alone: what follows it would be a namespace to Socket.IO. */
function originOf(url) {
    return url.replace(/^(\w+:\/\/[^/]+).*$/, "$1");
}
/** Behind a path prefix (`https://host/chat`) the socket is there too. */
function socketPath(url) {
    const prefix = url.replace(/^\w+:\/\/[^/]+/, "").replace(/\/$/, "");
    return `${prefix}/socket.io`;
}
