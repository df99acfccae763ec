/**
 * Leaves out of a bundle what our client never asks of Socket.IO: 3 kB gzipped. Packages on npm are bundled by others,
 * and have it whole. Binary attachments stay: a room's entries may be bytes.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

/** What Socket.IO asks of component-emitter, which is written for browsers without classes and maps. */
const EMITTER = `export class Emitter {
  listeners(event) { return (this._on ??= new Map()).get(event) ?? []; }
  hasListeners(event) { return this.listeners(event).length > 0; }
  on(event, fn) { const before = this.listeners(event); this._on.set(event, [...before, fn]); return this; }
  once(event, fn) {
    const once = (...args) => { this.off(event, once); fn.apply(this, args); };
    once.fn = fn;
    return this.on(event, once);
  }
  off(event, fn) {
    const left = fn ? this.listeners(event).filter((one) => one !== fn && one.fn !== fn) : [];
    if (event) (this._on ??= new Map()).set(event, left); else this._on = undefined;
    return this;
  }
  emit(event, ...args) { for (const fn of this.listeners(event)) fn.apply(this, args); return this; }
}
const { prototype: p } = Emitter;
p.emitReserved = p.emit;
p.removeListener = p.removeAllListeners = p.off;`;

/** Engine.IO's small change; base64 makes three bytes four characters. */
const UTIL = `
export const pick = undefined;
export function installTimerFunctions(obj) {
  obj.setTimeoutFn = setTimeout.bind(globalThis);
  obj.clearTimeoutFn = clearTimeout.bind(globalThis);
}
export const byteLength = (data) =>
  typeof data === "string" ? new TextEncoder().encode(data).length : Math.ceil(((data.byteLength ?? data.size) * 4) / 3);
export const randomString = () => Math.random().toString(36).slice(2);`;

/** Bytes go as they are over a WebSocket, and as base64 over polling, which browsers know. */
const ENCODE = `import { PACKET_TYPES } from "./commons.js";
export function encodePacket({ type, data }, supportsBinary, callback) {
  if (!(data instanceof ArrayBuffer || ArrayBuffer.isView(data))) return callback(PACKET_TYPES[type] + (data || ""));
  if (supportsBinary) return callback(data);
  const bytes = data.buffer ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
  callback("b" + btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
}
export const encodePacketToBinary = undefined;`;
const BASE64 = "export const decode = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer;";

/** Modules, and what stands in their place. */
const REPLACED = {
  "@socket.io/component-emitter/lib/esm/index.js": EMITTER,
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
  "engine.io-client/build/esm/util.js": UTIL,
  "engine.io-parser/build/esm/encodePacket.browser.js": ENCODE,
  "engine.io-parser/build/esm/contrib/base64-arraybuffer.js": BASE64,
  "engine.io-client/build/esm/contrib/parseqs.js":
    "export const encode = (query) => String(new URLSearchParams(query)); export const decode = undefined;",
  // `reconnection: false`: our own connection counts its tries.
  "socket.io-client/build/esm/contrib/backo2.js": "export class Backoff { reset() {} }",
};

/** Methods that nobody calls, or that have nothing to do with the options we use (`connection/socket.ts`), by module. */
const UNUSED = {
  "socket.io-client/build/esm/socket.js": [
    ...["send", "emitWithAck", "compress", "timeout", "onAny", "prependAny", "offAny", "listenersAny"],
    ...["onAnyOutgoing", "prependAnyOutgoing", "offAnyOutgoing", "listenersAnyOutgoing", "notifyOutgoingListeners"],
    ...["_addToQueue", "_drainQueue"], // `retries` is not set
  ],
  "socket.io-client/build/esm/manager.js": [
    ...["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor"],
    ...["maybeReconnectOnOpen", "reconnect", "onreconnect", "connect", "timeout", "onping"],
  ],
  // A socket that had to poll has no transport left to upgrade to.
  "engine.io-client/build/esm/socket.js": ["_probe", "send"],
  "engine.io-client/build/esm/transports/polling.js": ["pause"],
};

/** Methods with options that are not set, or are for Node and React Native, and what they do here, by module. */
const SHORTER = {
  "socket.io-client/build/esm/socket.js": {
    _registerAckCallback: "this.acks[arguments[0]] = arguments[1];", // `ackTimeout` is not set: requests have their own
    _clearAcks: "this.acks = {};", // nothing waits in its buffer: only a socket that is open is given requests
  },
  "socket.io-client/build/esm/manager.js": {
    constructor: `
        super();
        [this.uri, this.opts] = arguments;
        installTimerFunctions(this);
        this.nsps = {};
        this.subs = [];
        this.backoff = new Backoff();
        this.encoder = new parser.Encoder();
        this.decoder = new parser.Decoder();
        this._timeout = 20_000;
        this._readyState = "closed";`,
  },
  "engine.io-client/build/esm/socket.js": {
    // Neither host nor port nor query apart from the address, no transports of one's own, no cookies.
    constructor: `
        super();
        const [uri = location.origin, opts] = arguments;
        const { protocol, host, port } = parse(uri);
        installTimerFunctions(this);
        this.binaryType = defaultBinaryType;
        this.writeBuffer = [];
        this._prevBufferLen = 0;
        this._pingTimeoutTime = Infinity;
        this.hostname = host;
        this.secure = /^(http|ws)s$/.test(protocol);
        this.port = port || (this.secure ? "443" : "80");
        this.transports = [...opts.transports];
        this._transportsByName = DEFAULT_TRANSPORTS;
        const path = opts.path.replace(/[/]$/, "") + "/";
        this.opts = { timestampParam: "t", transportOptions: {}, ...opts, path };
        if (withEventListeners && host !== "localhost") {
            this._offlineEventListener = () => this._onClose("transport close", { description: "network connection lost" });
            OFFLINE_EVENT_LISTENERS.push(this._offlineEventListener);
        }
        this._open();`,
    _open: `
        this.readyState = "opening";
        const transport = this.createTransport(this.transports[0]);
        transport.open();
        this.setTransport(transport);`,
    onOpen: `
        this.readyState = "open";
        this.emitReserved("open");
        this.flush();`,
    _sendPacket: `
        if (this.readyState === "closing" || this.readyState === "closed") return;
        const [type, data, options = {}] = arguments;
        this.writeBuffer.push({ type, data, options });
        this.flush();`,
    _onError: `
        if (this.transports.length > 1 && this.readyState === "opening") {
            this.transports.shift();
            return this._open();
        }
        this.emitReserved("error", arguments[0]);
        this._onClose("transport error", arguments[0]);`,
    close: `
        if (this.readyState !== "opening" && this.readyState !== "open") return this;
        const close = () => { this._onClose("forced close"); this.transport.close(); };
        this.readyState = "closing";
        if (this.writeBuffer.length) this.once("drain", close); else close();
        return this;`,
  },
  "engine.io-client/build/esm/transports/websocket.js": {
    doOpen: `
        try { this.ws = this.createSocket(this.uri()); } catch (error) { return this.emitReserved("error", error); }
        this.ws.binaryType = this.socket.binaryType;
        this.addEventListeners();`,
    createSocket: "return new WebSocketCtor(arguments[0]);",
  },
};

/** @type {import("esbuild").Plugin} */
export const leanSocketIo = {
  name: "lean-socket-io",
  setup({ onLoad }) {
    for (const [file, contents] of Object.entries(REPLACED)) {
      onLoad({ filter: endingWith(file) }, ({ path }) => ({ contents, loader: "js", resolveDir: dirname(path) }));
    }
    for (const file of new Set([...Object.keys(UNUSED), ...Object.keys(SHORTER)])) {
      const emptied = (UNUSED[file] ?? []).map((method) => [method, ""]);
      const bodies = [...emptied, ...Object.entries(SHORTER[file] ?? {})];
      onLoad({ filter: endingWith(file) }, ({ path }) => ({
        contents: bodies.reduce(withBody, readFileSync(path, "utf8")),
        loader: "js",
        resolveDir: dirname(path),
      }));
    }
  },
};

/** A module as TypeScript wrote it, with another body for one method. @throws where there is no such method */
function withBody(source, [method, body]) {
  const found = new RegExp(`^    ${method}\\(.*\\) \\{\\n(?:(?!    \\}$).*\\n)*    \\}$`, "m");
  if (!found.test(source)) throw new Error(`Socket.IO has no method ${method} any more: look at lean-socket-io.mjs`);
  return source.replace(found, () => `    ${method}() {${body}}`);
}

function endingWith(file) {
  return new RegExp(`[\\\\/]node_modules[\\\\/]${file.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]")}$`);
}
