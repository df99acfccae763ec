import { Manager } from "#socket-io"; // in browsers without what is never called (tools/lean-socket-io.mjs)
import { missingUrl } from "../protocol/errors.js";
import { serverAddress } from "./address.js";
export const SOCKET_SETTINGS = {
    autoConnect: false,
    reconnection: false,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
};
/** Make a Socket.IO socket that is not open yet. @throws ParlourError without a url where no page has one, or a bad one */
export function createSocket({ url, path, namespace = "/" }) {
    if (!url && !pageOrigin())
        throw missingUrl();
    const server = url ? serverAddress(url) : { origin: undefined, path: "" };
    // Behind a path prefix (`https://host/chat`) the socket is there too.
    return new Manager(server.origin, { ...SOCKET_SETTINGS, path: path ?? `${server.path}/socket.io` }).socket(namespace);
}
/** Where this page came from; empty outside a browser. */
export function pageOrigin() {
    return typeof location === "undefined" ? "" : location.origin;
}
