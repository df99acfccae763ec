// Says hello in a room with the browser's SDK as it is shipped: argv = options of connect, folder of the built SDK, of ws.
import { createRequire } from "node:module";

const [options, folder, modules] = process.argv.slice(2);
globalThis.WebSocket ??= createRequire(`${modules}/`)("ws"); // browsers have one, and Node from 22 on
const { connect } = await import(`file://${folder}/client.js`);
const client = connect(JSON.parse(options));
const room = await client.joinRoom({ room: "hall" });
await room.say("hello from the browser's SDK");
client.close();
