// socket.io 4.8 with @socket.io/redis-adapter on Node, one process of several. Usage: node nodes_node.js PORT REDIS_URL
const { createServer } = require("http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");
const [port, url] = [+process.argv[2], process.argv[3]];

(async () => {
  const pub = createClient({ url });
  const sub = pub.duplicate();
  await Promise.all([pub.connect(), sub.connect()]);
  const http = createServer();
  const io = new Server(http, { adapter: createAdapter(pub, sub), perMessageDeflate: false });
  io.on("connection", (s) => {
    s.on("room:create", (d, ack) => ack({ ok: true }));
    s.on("room:join", (d, ack) => { s.join(d.room); ack({ ok: true }); });
    s.on("room:post", (d, ack) => { io.to(d.room).emit("entry", d); ack({ ok: true }); });
  });
  http.listen({ port, host: "127.0.0.1", backlog: 4096 });
})();
