/**
 * Leaves out of a bundle what our client never asks of Socket.IO: 3 kB gzipped. Packages on npm are bundled by others,
 * and have it whole. Binary attachments stay: a room's entries may be bytes.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

/** Modules, and what stands in their place. */
const REPLACED = {
  "socket.io-client/build/esm/index.js": 'export { Manager } from "./manager.js";',
  // A WebSocket, or polling by fetch, which does what XMLHttpRequest does. Nobody asks for WebTransport.
  "engine.io-client/build/esm/transports/index.js":
    'import { Fetch } from "./polling-fetch.js"; import { WS } from "./websocket.node.js";' +
    "export const transports = { websocket: WS, polling: Fetch };",
  "engine.io-client/build/esm/transports/polling-xhr.js": "export class XHR {}",
  "engine.io-client/build/esm/transports/webtransport.js": "export class WT {}",
  // Browsers read addresses themselves.
  "engine.io-client/build/esm/contrib/parseuri.js":
    "export function parse(address) { const url = new URL(address); return { protocol: url.protocol.slice(0, -1)," +
    ' host: url.hostname.replace(/[[\\]]/g, ""), port: url.port, path: url.pathname, query: url.search.slice(1) }; }',
  // `reconnection: false`: our own connection counts its tries.
  "socket.io-client/build/esm/contrib/backo2.js":
    "export class Backoff { attempts = 0; setMin() {} setMax() {} setJitter() {} reset() {} }",
};

/** Methods that nobody calls, or that have nothing to do with the options we use (`connection/socket.ts`), by module. */
const UNUSED = {
  "socket.io-client/build/esm/socket.js": [
    ...["send", "emitWithAck", "compress", "timeout", "onAny", "prependAny", "offAny", "listenersAny"],
    ...["onAnyOutgoing", "prependAnyOutgoing", "offAnyOutgoing", "listenersAnyOutgoing", "notifyOutgoingListeners"],
    ...["_addToQueue", "_drainQueue"], // `retries` is not set
  ],
  "socket.io-client/build/esm/manager.js": ["maybeReconnectOnOpen", "reconnect", "onreconnect", "connect"],
  "engine.io-client/build/esm/socket.js": ["_probe", "send"], // a socket that had to poll has no transport left to try
};

/** @type {import("esbuild").Plugin} */
export const leanSocketIo = {
  name: "lean-socket-io",
  setup({ onLoad }) {
    for (const [file, contents] of Object.entries(REPLACED)) {
      onLoad({ filter: endingWith(file) }, ({ path }) => ({ contents, loader: "js", resolveDir: dirname(path) }));
    }
    for (const [file, methods] of Object.entries(UNUSED)) {
      onLoad({ filter: endingWith(file) }, ({ path }) => ({
        contents: methods.reduce(emptied, readFileSync(path, "utf8")),
        loader: "js",
        resolveDir: dirname(path),
      }));
    }
  },
};

/** A module as TypeScript wrote it, with the body of one method left out. @throws where there is no such method */
function emptied(source, method) {
  const found = new RegExp(`^    ${method}\\(.*\\) \\{\\n(?:(?!    \\}$).*\\n)*    \\}$`, "m");
  if (!found.test(source)) throw new Error(`Socket.IO has no method ${method} any more: look at lean-socket-io.mjs`);
  return source.replace(found, `    ${method}() {}`);
}

function endingWith(file) {
  return new RegExp(`[\\\\/]node_modules[\\\\/]${file.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]")}$`);
}
