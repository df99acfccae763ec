// Many stock socket.io-clients with default transports: waits until each has connected and upgraded, or has failed.
//   node stock_crowd.mjs <node_modules> <url> <token> <how many>
// Prints {"connected": …, "upgraded": …, "failures": […]}.
import { createRequire } from "node:module";

const [modules, url, token, many] = process.argv.slice(2);
const { io } = createRequire(`${modules}/`)("socket.io-client");
const failures = [];

const one = () =>
  new Promise((done) => {
    const socket = io(url, { auth: { token }, forceNew: true, reconnection: false, rejectUnauthorized: false });
    const late = setTimeout(() => (failures.push(`late: ${where()}`), end(socket.connected, false)), 60_000);
    const where = () => `${socket.connected} ${socket.io.engine.transport.name} ${socket.io.engine.upgrading} ${problem}`;
    let problem = "";
    const end = (connected, upgraded) => (clearTimeout(late), socket.disconnect(), done([connected, upgraded]));
    socket.on("connect_error", (error) => (failures.push(String(error.message)), end(false, false)));
    socket.on("disconnect", (reason) => (failures.push(reason), end(true, false)));
    socket.on("connect", () => {
      const upgraded = () => (socket.off("disconnect"), end(true, true));
      if (socket.io.engine.transport.name === "websocket") upgraded();
      else socket.io.engine.on("upgrade", upgraded).on("upgradeError", (error) => (problem = String(error.message)));
    });
  });

const outcomes = await Promise.all(Array.from({ length: Number(many) }, one));
const count = (at) => outcomes.filter((outcome) => outcome[at]).length;
console.log(JSON.stringify({ connected: count(0), upgraded: count(1), failures }));
process.exit(0);
