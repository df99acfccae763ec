/*
 * docload - load for collaborative-document (Yjs) servers, one process, one event loop.
 *
 *   node docload.cjs --proto hocuspocus|ywebsocket|socketio --port P --clients N
 *                    [--window W | --rate R] [--warmup 1] [--seconds 4] [--pid PID] [--label L]
 *
 * The load: N clients open one document ("bench"). Client k has Yjs clientID 2^31+k and types: each of
 * its updates inserts ONE character after its own previous one into Y.Text "t" (so each update
 * depends only on the same client's earlier ones and can always be integrated). The updates are
 * made by real Yjs documents before the run (about 20 bytes each, see update_bytes) and sent as raw y-protocol "update" frames; receivers do not integrate, they read the
 * (clientID, clock) range from the update's header (merged updates: Y.parseUpdateMeta).
 *
 * Closed loop (--window W, default 1): a client sends its next update when all N-1 other clients
 * have got one of the W it has in flight. Open loop (--rate R): R updates/s over all clients, due
 * on a 1 ms timer; latency runs from the due time.
 *
 * Counted: accepted = updates that have reached all N-1 others (per second); copies = update
 * arrivals at others; propagation p50/p99 per copy. Only arrivals at other clients count, so
 * servers that also echo to the sender are not favoured (their echo is dropped).
 *
 * Transports (the only difference between servers):
 *   hocuspocus  ws://host/            binary [varString doc][0][2][varUint8Array update], after
 *                                     [varString doc][2][0][varString token] (auth)
 *   ywebsocket  ws://host/bench       binary [0][2][varUint8Array update]
 *   socketio    EIO4 websocket        join("bench") with ack, then event y(update) as a binary
 *                                     event: 451-["y",{"_placeholder":true,"num":0}] + binary
 */
const net = require('net'), fs = require('fs');
const Y = require(require.resolve('yjs', { paths: [process.cwd()] }));
const args = { proto: 'ywebsocket', port: 8112, clients: 2, window: 1, rate: 0, warmup: 1, seconds: 4, pid: 0, label: '', token: '' };
for (let i = 2; i < process.argv.length; i += 2) {
  const k = process.argv[i].slice(2), v = process.argv[i + 1];
  args[k] = k === 'proto' || k === 'label' || k === 'token' ? v : Number(v);
}
const N = args.clients, DOC = 'bench', BASE = 2 ** 31;              // client ids as long as real (random) ones
const UPDATES = args.updates || Math.ceil((args.rate ? args.rate * (args.warmup + args.seconds) * 1.1 : 120000) / N) + 64;
const now = () => Number(process.hrtime.bigint()) / 1e6;               // ms

const uvarint = (n) => { const b = []; while (n > 127) { b.push((n & 127) | 128); n >>>= 7; } b.push(n); return Buffer.from(b); };
const vstr = (s) => Buffer.concat([uvarint(Buffer.byteLength(s)), Buffer.from(s)]);
function readUvarint(b, at) { let n = 0, s = 0, x; do { x = b[at.i++]; n += (x & 127) * 2 ** s; s += 7; } while (x & 128); return n; }

function frame(opcode, payload) {                                      // masked, mask 0: payload as is
  const n = payload.length, h = n < 126 ? Buffer.from([0x80 | opcode, 0x80 | n, 0, 0, 0, 0])
    : Buffer.from([0x80 | opcode, 0x80 | 126, n >> 8, n & 255, 0, 0, 0, 0]);
  return Buffer.concat([h, payload]);
}

const docName = vstr(DOC);
const transports = {
  hocuspocus: {
    path: '/', hello: (c) => c.sock.write(frame(2, Buffer.concat([docName, Buffer.from([2, 0]), vstr('t')]))),
    wrap: (u) => frame(2, Buffer.concat([docName, Buffer.from([0, 2]), uvarint(u.length), u])),
    on(c, op, b) {
      const at = { i: docName.length }, type = b[at.i++];
      if (type === 2 && b[at.i] === 2) return ready(c);                // authenticated
      if (type === 0 && b[at.i++] === 2) { const n = readUvarint(b, at); return arrived(c, b.subarray(at.i, at.i + n)); }
      if (type === 8) acks++;                                          // sync status: applied
      if (type === 9) c.sock.write(frame(2, Buffer.concat([docName, Buffer.from([10])])));   // ping -> pong
    },
  },
  ywebsocket: {
    path: '/' + DOC, hello: (c) => setTimeout(() => ready(c), 50),
    wrap: (u) => frame(2, Buffer.concat([Buffer.from([0, 2]), uvarint(u.length), u])),
    on(c, op, b) {
      if (b[0] === 0 && b[1] === 2) { const at = { i: 2 }, n = readUvarint(b, at); arrived(c, b.subarray(at.i, at.i + n)); }
    },
  },
  parlour: {                                                             // the acks are counted too
    path: '/socket.io/?EIO=4&transport=websocket', hello: () => {},
    wrap: (u, k, i) => Buffer.concat([frame(1, Buffer.from(`451-7["room:post",{"room":"${DOC}","id":"${k}.${i}","type":"doc.update","body":{"_placeholder":true,"num":0}}]`)), frame(2, u)]),
    on(c, op, b) {
      if (op === 2) { if (c.binaryIsUpdate) arrived(c, b); return; }
      const t = b.toString('latin1', 0, 24);
      if (t[0] === '0') c.sock.write(frame(1, Buffer.from('40' + JSON.stringify({ token: args.token }))));
      else if (t[0] === '2') c.sock.write(frame(1, Buffer.from('3')));
      else if (t.startsWith('40')) c.sock.write(frame(1, Buffer.from('420["room:join",{"room":"' + DOC + '"}]')));
      else if (t.startsWith('46')) { c.binaryIsUpdate = false; ready(c); }
      else if (t.startsWith('437')) { if (b.includes('"ok":true')) acks++; else bad++; }
      else if (t.startsWith('45')) c.binaryIsUpdate = t.includes('"entry"');
    },
  },
  socketio: {
    path: '/socket.io/?EIO=4&transport=websocket', hello: () => {},
    wrap: (u) => Buffer.concat([frame(1, Buffer.from('451-["y",{"_placeholder":true,"num":0}]')), frame(2, u)]),
    on(c, op, b) {
      if (op === 2) { if (c.binaryIsUpdate) arrived(c, b); return; }
      const t = b.toString('latin1', 0, 8);
      if (t[0] === '0') c.sock.write(frame(1, Buffer.from('40')));
      else if (t[0] === '2') c.sock.write(frame(1, Buffer.from('3')));
      else if (t.startsWith('40')) c.sock.write(frame(1, Buffer.from('420["join","' + DOC + '"]')));
      else if (t.startsWith('43') || t.startsWith('46')) { c.binaryIsUpdate = false; ready(c); }
      else if (t.startsWith('45')) c.binaryIsUpdate = true;
    },
  },
};
const T = transports[args.proto];

/* ---- the updates, made by real Yjs documents */
let bytes = 0;
function typist(k) {
  const doc = new Y.Doc(); doc.clientID = BASE + k;
  const text = doc.getText('t'), out = [];
  doc.on('update', (u) => { bytes += u.length; out.push(T.wrap(Buffer.from(u), k, out.length)); });
  for (let i = 0; i < UPDATES; i++) text.insert(i, 'abcdefghij'[i % 10]);
  return out;
}
const clients = [];
for (let k = 0; k < N; k++)
  clients.push({ k, frames: typist(k), next: 0, due: new Float64Array(UPDATES), missing: new Uint8Array(UPDATES).fill(N - 1), ready: false, rest: null });

/* ---- measuring */
let measuring = false, running = false, accepted = 0, copies = 0, acks = 0, sent = 0, total = 0, done = 0, exhausted = false, merged = 0, bad = 0;
const lat = [];
function arrived(c, u) {
  if (u[0] === 1 && u[1] === 1) {                                      // one client, one struct: read the header
    const at = { i: 2 }, id = readUvarint(u, at), clock = readUvarint(u, at);
    const info = u[at.i++];
    if ((info & 0x9f) === 0x84 && !(info & 0x40)) {                    // text, with only a left origin
      readUvarint(u, at); readUvarint(u, at);
      return copy(c, id, clock, clock + readUvarint(u, at));           // ASCII: bytes = characters
    }
  }
  merged++;
  const m = Y.parseUpdateMeta(u);
  for (const [id, from] of m.from) copy(c, id, from, m.to.get(id));
}
function copy(c, id, from, to) {
  if (id === BASE + c.k) return;
  const t = now(), a = clients[id - BASE];
  if (!a || to > UPDATES) { bad++; return; }
  for (let i = from; i < to; i++) {
    if (measuring) { copies++; lat.push(t - a.due[i]); }
    if (--a.missing[i] === 0) { done++; if (measuring) accepted++; if (running && !args.rate) send(a, now()); }
  }
}
function send(c, due) {
  if (c.next >= UPDATES) { exhausted = true; return; }
  c.due[c.next] = due; total++; if (measuring) sent++;
  c.sock.write(c.frames[c.next++]);
}

/* ---- a bare WebSocket client */
let nready = 0;
function ready(c) { if (!c.ready) { c.ready = true; nready++; } }
function open(c) {
  c.sock = net.connect(args.port, '127.0.0.1', () => {
    c.sock.setNoDelay(true);
    c.sock.write(`GET ${T.path} HTTP/1.1\r\nHost: 127.0.0.1:${args.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`);
  });
  let up = false;
  c.sock.on('error', () => bad++);
  c.sock.on('data', (d) => {
    if (c.rest) { d = Buffer.concat([c.rest, d]); c.rest = null; }
    let i = 0;
    if (!up) { const e = d.indexOf('\r\n\r\n'); if (e < 0) { c.rest = d; return; } up = true; i = e + 4; T.hello(c); }
    while (d.length - i >= 2) {
      let n = d[i + 1] & 127, h = 2;
      if (n === 126) { if (d.length - i < 4) break; n = d.readUInt16BE(i + 2); h = 4; }
      else if (n === 127) { if (d.length - i < 10) break; n = Number(d.readBigUInt64BE(i + 2)); h = 10; }
      if (d.length - i < h + n) break;
      const op = d[i] & 15, body = d.subarray(i + h, i + h + n);
      i += h + n;
      if (op === 1 || op === 2) T.on(c, op, body); else if (op === 9) c.sock.write(frame(10, body));
    }
    if (i < d.length) c.rest = d.subarray(i);
  });
}
const stat = () => { if (!args.pid) return [0, 0]; const s = fs.readFileSync(`/proc/${args.pid}/stat`, 'utf8'); const f = s.slice(s.lastIndexOf(')') + 2).split(' ');
  return [(Number(f[11]) + Number(f[12])) / 100, Number(fs.readFileSync(`/proc/${args.pid}/statm`, 'utf8').split(' ')[1]) * 4096 / 1e6]; };
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const pct = (a, p) => (a.length ? a[Math.min(a.length - 1, Math.floor(a.length * p / 100))] : 0);
(async () => {
  const rss0 = stat()[1];
  clients.forEach(open);
  for (let i = 0; nready < N && i < 200; i++) await sleep(50);
  if (nready < N) { console.error(`stuck: ${nready} of ${N}`); process.exit(2); }
  await sleep(300);
  const rss1 = stat()[1];
  running = true;
  let turn = 0, timer;
  if (args.rate) {
    let due = now();
    timer = setInterval(() => { for (const t = now(); due <= t; due += 1000 / args.rate) send(clients[turn++ % N], due); }, 1);
  } else for (const c of clients) for (let w = 0; w < args.window; w++) send(c, now());
  await sleep(args.warmup * 1000);
  const own0 = process.cpuUsage(), [cpu0] = stat(), t0 = now();
  measuring = true;
  await sleep(args.seconds * 1000);
  measuring = false;
  const secs = (now() - t0) / 1000, [cpu1, rss2] = stat(), own = process.cpuUsage(own0), cpu = cpu1 - cpu0;
  running = false; clearInterval(timer);
  for (let i = 0; done < total && i < 60; i++) await sleep(50);
  lat.sort((a, b) => a - b);
  const r = (x) => Math.round(x * 1000) / 1000;
  console.log(JSON.stringify({ label: args.label, proto: args.proto, clients: N, window: args.window, rate: args.rate,
    update_bytes: r(bytes / (N * UPDATES)), accepted_per_s: Math.round(accepted / secs), copies_per_s: Math.round(copies / secs),
    accepted_per_cpu_s: cpu > 0 ? Math.round(accepted / cpu) : 0, p50_ms: r(pct(lat, 50)), p99_ms: r(pct(lat, 99)), max_ms: r(lat[lat.length - 1] || 0),
    server_cpu_pct: r(100 * cpu / secs), generator_cpu_pct: r((own.user + own.system) / 1e4 / secs), rss_start_mb: r(rss0), rss_connected_mb: r(rss1),
    rss_end_mb: r(rss2), updates_total: total, unfinished: total - done, merged, bad, exhausted, acks }));
  process.exit(0);
})();
