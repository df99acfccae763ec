// A stock socket.io-client driven by JSON lines: commands on stdin, acks and events on stdout.
//   node stock_client.mjs <path of node_modules that holds socket.io-client>
//   {"do": "connect", "url": …, "options": …}   {"do": "emit", "n": 1, "event": …, "data": …}   {"do": "drop"}
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { io } = createRequire(`${process.argv[2]}/`)("socket.io-client");
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
let socket;

const commands = {
  connect({ url, options }) {
    socket = io(url, options);
    socket.on("connect", () => say({ event: "connect", data: { recovered: socket.recovered } }));
    socket.on("disconnect", (reason) => say({ event: "disconnect", data: { reason } }));
    socket.on("connect_error", ({ message, data }) => say({ event: "connect_error", data: { message, data } }));
    socket.onAny((event, data) => say({ event, data }));
  },
  emit({ n, event, data }) {
    socket.emit(event, data, (ack) => say({ ack: n, data: ack }));
  },
  drop() {
    socket.io.engine.close();
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
}).on("close", () => process.exit(0));
