// What a user of the stock JavaScript client does: node stock_client.cjs URL TRANSPORT[,TRANSPORT]
// Prints one JSON object of what happened; the Python side judges it.
const { io } = require("socket.io-client");
const [url, transports] = process.argv.slice(2);
const seen = { connects: 0, closing: [], disconnects: [], numbers: [] };
const options = { transports: transports.split(","), reconnectionDelay: 50, reconnectionDelayMax: 100 };
const socket = io(url, { ...options, auth: { token: "good" } });
const custom = io(url + "/custom", options);
const finish = () => { console.log(JSON.stringify(seen)); process.exit(0); };
setTimeout(() => { seen.timeout = true; finish(); }, 20000);

socket.on("auth", (auth) => { seen.auth = auth; });
socket.on("msg", (message) => {
  seen.numbers.push(message.n);
  if (message.attachment) seen.attachment = [...message.attachment];
});
socket.on("closing", (body) => seen.closing.push(body));
socket.on("disconnect", (reason) => {
  seen.disconnects.push(reason);
  if (reason === "io server disconnect") setTimeout(() => { seen.active = socket.active; refused(); }, 200);
});
socket.on("connect", async () => {
  seen.connects += 1;
  if (seen.connects === 2) { socket.emit("out"); return; }
  await socket.emitWithAck("join", "room");
  seen.unicode = await socket.emitWithAck("other", "héé €😀");
  seen.halfAnEmoji = (await socket.emitWithAck("other", "😀".slice(0, 1))).error.code;
  seen.binary = [...(await socket.emitWithAck("other", { a: [Buffer.from([0, 1, 255])] })).a[0]];
  seen.long = (await socket.emitWithAck("other", "x".repeat(60000))).length;
  seen.document = (await socket.emitWithAck("other", Buffer.alloc(250000, 7))).length;
  seen.tooLarge = (await socket.emitWithAck("other", "x".repeat(70000))).error.code;
  for (let n = 0; n < 201; n += 1) {
    const attachment = n % 67 === 0 ? Buffer.from([n % 256]) : undefined;
    socket.emit("msg", { r: "room", n, attachment });
  }
  await socket.emitWithAck("other");
  seen.custom = await custom.emitWithAck("other", "in a namespace");
  seen.transport = socket.io.engine.transport.name;
  socket.emit("drop");
});
function refused() {
  const bad = io(url, { ...options, forceNew: true, auth: { token: "bad" } });
  bad.on("connect_error", (error) => {
    seen.refused = [error.message, error.data];
    const lost = io(url + "/nowhere", { ...options, forceNew: true });
    lost.on("connect_error", (wrong) => { seen.namespace = wrong.message; finish(); });
  });
}
