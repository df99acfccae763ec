/*
 * sioload - a single-threaded epoll load generator for Socket.IO servers.
 *
 * It opens N WebSocket connections straight to the Engine.IO v4 endpoint
 * (?EIO=4&transport=websocket), completes the Engine.IO and Socket.IO
 * handshakes, and then runs one of these workloads:
 *
 *   broadcast  every connection joins a room; publishers emit "msg" events and
 *              the server relays each one to the whole room (sender included)
 *   echo       every connection emits "echo" events that ask for an ack
 *   idle       connections are only held open (pings are answered)
 *   churn      connect, finish both handshakes, close, and repeat
 *   post       every connection joins a room and posts chat messages that ask for
 *              an ack; both the acks and the copies sent to the room are counted.
 *              With --publishers only those post, and each one's next post waits, as in
 *              broadcast, until everybody in the room has the last
 *
 * Contract with the server under test:
 *   event "join" (room)          enter the room, then ack
 *   event "msg"  ({"r": room..}) emit "msg" with the same object to that room
 *   event "echo" (object)        ack with the same object
 * and in post mode:
 *   event "join" (room, user)    enter the room as user, then ack
 *   event "msg"  ({"r": room, "id": client id, "body": text}, with an ack)
 *                                store it as the room's next entry, emit "msg" with an
 *                                object that has at least "seq" (the entry's number in
 *                                its room: 1 more each time) and "id" to the room,
 *                                poster included, and ack with an object that has "seq"
 * With --tokens post mode speaks Parlour's own requests instead (room:join, room:post, the
 * "entry" event), each connection signed in: the whole product path.
 * With --raw the server is a plain WebSocket server instead: it has no
 * handshake of its own and sends every text frame back to all connections
 * (broadcast) or to the sender (echo).
 *
 * Latency is taken from a CLOCK_MONOTONIC timestamp carried in the payload.
 * In open-loop mode (--rate) it is the time at which the message was *due*, so
 * a stalled server cannot hide its delay by slowing the generator down.
 * (In post mode the times are kept here, by message id, not in the payload.)
 *
 * Output: one JSON object on stdout, a readable summary on stderr.
 *
 * Build: cc -O2 -Wall -Wextra -o sioload sioload.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ options */

enum mode { MODE_BROADCAST, MODE_ECHO, MODE_IDLE, MODE_CHURN, MODE_POST };

#define MAX_PIDS 64

static struct {
    const char *host, *path, *label;
    int port;
    enum mode mode;
    int conns, rooms, publishers, window, inflight, payload, stall;
    double rate, warmup, duration, settle;
    bool raw;
    bool whole;                    /* post: the next one waits for the whole room, not for its ack alone */
    int pids[MAX_PIDS], npids;
    char **tokens;                 /* --tokens: speak Parlour's own requests, signed in */
    size_t ntokens;
} opt = {
    .host = "127.0.0.1", .path = "/socket.io/?EIO=4&transport=websocket",
    .label = "", .port = 8000, .mode = MODE_BROADCAST, .conns = 100, .rooms = 1,
    .window = 1, .inflight = 64, .payload = 120,
    .warmup = 1, .duration = 5, .settle = 0.5,
};

/* -------------------------------------------------------------------- state */

enum state {
    ST_IDLE,       /* no socket */
    ST_TCP,        /* connect() in progress */
    ST_UPGRADE,    /* waiting for the 101 response */
    ST_EIO_OPEN,   /* waiting for the Engine.IO open packet */
    ST_SIO_CONN,   /* waiting for the Socket.IO connect packet */
    ST_JOIN,       /* waiting for the ack of "join" */
    ST_READY,
};

struct conn {
    int fd;
    enum state state;
    uint8_t *rbuf, *wbuf;          /* only what is left over from a short io */
    uint32_t rlen, rcap, wlen, wcap;
    uint64_t last_seq;
    uint64_t *sent_at;             /* echo: send time of each outstanding ack */
    uint64_t due, opened_at;
    int room;
    uint32_t generation;           /* bumped when the slot gets a new socket */
    bool stalled, want_out;
};

/* What is still missing of each published message: deliveries and, in post mode, the ack (closed loop). */
#define RING (1u << 16)
static struct { uint64_t due; uint32_t missing; int publisher; } ring[RING];

static struct conn *conns;
static int *room_size;
static int epfd, nready, nopening, next_to_open, nclosed, nstall_closed;
static uint64_t seq, deliveries, received_bytes, reads, sent_msgs, order_errors,
    gap_errors, protocol_errors, connect_errors, churned, pings, acks, ack_errors,
    posts_total, acks_total, copies_due, copies_total;
static bool running, measuring;
static uint32_t rng = 0x9e3779b9;

/* ---------------------------------------------------------------- utilities */

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static uint32_t random32(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 17;
    rng ^= rng << 5;
    return rng;
}

/* Latency histogram: exact below 1024 us, then 512 steps per power of two. */
#define SUB 512u
#define HIST (1024 + 40 * SUB)
struct hist { uint64_t buckets[HIST], count, max, sum; };
static struct hist latency, ack_latency;      /* ack_latency: post mode only */

static uint32_t bucket_of(uint64_t us)
{
    if (us < 1024)
        return (uint32_t)us;
    int shift = 63 - __builtin_clzll(us) - 9;
    uint32_t b = 1024 + (uint32_t)(shift - 1) * SUB + (uint32_t)((us >> shift) - SUB);
    return b < HIST ? b : HIST - 1;
}

static uint64_t bucket_value(uint32_t b)
{
    if (b < 1024)
        return b;
    uint32_t shift = (b - 1024) / SUB + 1;
    return (uint64_t)((b - 1024) % SUB + SUB) << shift;
}

static void record(struct hist *h, uint64_t us)
{
    h->buckets[bucket_of(us)]++;
    h->count++;
    h->sum += us;
    if (us > h->max)
        h->max = us;
}

static double percentile_ms(const struct hist *h, double p)
{
    uint64_t want = (uint64_t)(p / 100 * (double)h->count), acc = 0;
    for (uint32_t b = 0; b < HIST; b++) {
        acc += h->buckets[b];
        if (acc > want)
            return (double)bucket_value(b) / 1000;
    }
    return (double)h->max / 1000;
}

/* CPU seconds and resident bytes of the server's processes. */
static double server_cpu(void)
{
    double total = 0;
    for (int i = 0; i < opt.npids; i++) {
        char name[64], buf[1024];
        snprintf(name, sizeof name, "/proc/%d/stat", opt.pids[i]);
        FILE *f = fopen(name, "r");
        if (!f)
            continue;
        size_t n = fread(buf, 1, sizeof buf - 1, f);
        fclose(f);
        buf[n] = 0;
        char *p = strrchr(buf, ')');
        unsigned long ut, st;
        if (p && sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                        &ut, &st) == 2)
            total += (double)(ut + st) / (double)sysconf(_SC_CLK_TCK);
    }
    return total;
}

static double server_rss(void)
{
    double total = 0;
    for (int i = 0; i < opt.npids; i++) {
        char name[64];
        long size, resident;
        snprintf(name, sizeof name, "/proc/%d/statm", opt.pids[i]);
        FILE *f = fopen(name, "r");
        if (!f)
            continue;
        if (fscanf(f, "%ld %ld", &size, &resident) == 2)
            total += (double)resident * (double)sysconf(_SC_PAGESIZE);
        fclose(f);
    }
    return total;
}

static double own_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* ------------------------------------------------------------------ sending */

static void conn_close(struct conn *c);

static void watch(struct conn *c, int op)
{
    struct epoll_event ev = { .data.ptr = c };
    ev.events = (c->stalled ? 0 : EPOLLIN) | EPOLLRDHUP | (c->want_out ? EPOLLOUT : 0);
    if (epoll_ctl(epfd, op, c->fd, &ev) < 0)
        die("epoll_ctl");
}

static void conn_write(struct conn *c, const void *data, size_t len)
{
    if (c->fd < 0)
        return;
    ssize_t n = 0;
    if (c->wlen == 0) {
        n = send(c->fd, data, len, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN) {
                conn_close(c);
                return;
            }
            n = 0;
        }
        if ((size_t)n == len)
            return;
    }
    size_t rest = len - (size_t)n;
    if (c->wlen + rest > c->wcap) {
        c->wcap = (uint32_t)(c->wlen + rest) * 2;
        c->wbuf = realloc(c->wbuf, c->wcap);
    }
    memcpy(c->wbuf + c->wlen, (const uint8_t *)data + n, rest);
    c->wlen += (uint32_t)rest;
    if (!c->want_out) {
        c->want_out = true;
        watch(c, EPOLL_CTL_MOD);
    }
}

/* Send one masked WebSocket frame (clients must mask). */
static void ws_send(struct conn *c, int opcode, const void *data, size_t len)
{
    static uint8_t frame[1 << 17];
    size_t h = 0;
    if (len + 14 > sizeof frame)
        die("payload too large");
    frame[h++] = (uint8_t)(0x80 | opcode);
    if (len < 126) {
        frame[h++] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        frame[h++] = 0x80 | 126;
        frame[h++] = (uint8_t)(len >> 8);
        frame[h++] = (uint8_t)len;
    } else {
        frame[h++] = 0x80 | 127;
        for (int i = 7; i >= 0; i--)
            frame[h++] = (uint8_t)((uint64_t)len >> (8 * i));
    }
    uint32_t key = random32();
    uint8_t mask[4];
    memcpy(mask, &key, 4);
    memcpy(frame + h, mask, 4);
    h += 4;
    for (size_t i = 0; i < len; i++)
        frame[h + i] = ((const uint8_t *)data)[i] ^ mask[i & 3];
    conn_write(c, frame, h + len);
}

static void ws_text(struct conn *c, const char *text)
{
    ws_send(c, 1, text, strlen(text));
}

/* Build the event text; padded so that the JSON object has opt.payload bytes. */
static size_t build_event(char *buf, size_t cap, const char *prefix, int room,
                          uint64_t s, uint64_t t)
{
    int head = snprintf(buf, cap, "%s", prefix);
    int n = head + snprintf(buf + head, cap - (size_t)head,
                            "{\"s\":%llu,\"t\":%llu,\"r\":\"r%d\",\"user\":\"alice\",\"text\":\"",
                            (unsigned long long)s, (unsigned long long)t, room);
    int pad = opt.payload - (n - head) - 2;
    for (int i = 0; i < pad; i++)
        buf[n++] = (char)('a' + i % 26);
    buf[n++] = '"';
    buf[n++] = '}';
    buf[n++] = ']';
    return (size_t)n;
}

static void publish(int publisher, uint64_t due)
{
    static char buf[1 << 17];
    struct conn *c = &conns[publisher];
    if (c->state != ST_READY)
        return;
    uint64_t s = ++seq;
    ring[s % RING].missing = (uint32_t)room_size[c->room];
    ring[s % RING].publisher = publisher;
    size_t n = build_event(buf, sizeof buf, "42[\"msg\",", c->room, s, due);
    ws_send(c, 1, buf, n);
    sent_msgs += measuring;
}

static void send_echo(struct conn *c, uint32_t id)
{
    static char buf[1 << 17];
    char prefix[64];
    snprintf(prefix, sizeof prefix, "42%u[\"echo\",", id);
    c->sent_at[id] = now_us();
    size_t n = build_event(buf, sizeof buf, prefix, c->room, id, c->sent_at[id]);
    ws_send(c, 1, buf, n);
    sent_msgs += measuring;
}

/* Post one chat message; its number is both the ack id and the client message id. */
static void post(struct conn *c, uint64_t due)
{
    static char buf[1 << 17];
    if (c->state != ST_READY)
        return;
    uint64_t s = ++seq;
    ring[s % RING].due = due;
    ring[s % RING].missing = 1 + (opt.whole ? (uint32_t)room_size[c->room] : 0);
    ring[s % RING].publisher = (int)(c - conns);
    int head = snprintf(buf, sizeof buf, "42%llu[\"%s\",", (unsigned long long)s,
                        opt.tokens ? "room:post" : "msg");
    int n = head + snprintf(buf + head, sizeof buf - (size_t)head,
                            opt.tokens ? "{\"room\":\"r%d\",\"id\":\"%llu\",\"type\":\"chat.message\",\"body\":{\"text\":\""
                                       : "{\"r\":\"r%d\",\"id\":\"%llu\",\"body\":\"",
                            c->room, (unsigned long long)s);
    for (int i = 0, pad = opt.payload - (n - head) - 2; i < pad; i++)
        buf[n++] = (char)('a' + i % 26);
    buf[n++] = '"';
    buf[n++] = '}';
    if (opt.tokens)
        buf[n++] = '}';
    buf[n++] = ']';
    ws_send(c, 1, buf, (size_t)n);
    sent_msgs += measuring;
    posts_total++;
    copies_due += (uint64_t)room_size[c->room];
}

/* ------------------------------------------------------------ opening/closing */

static void conn_open(struct conn *c)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port) };
    inet_pton(AF_INET, opt.host, &sa.sin_addr);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        die("socket");
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->rlen = c->wlen = 0;
    c->last_seq = 0;
    c->generation++;
    c->want_out = true;
    c->state = ST_TCP;
    c->opened_at = now_us();
    nopening++;
    if (connect(c->fd, (struct sockaddr *)&sa, sizeof sa) < 0 && errno != EINPROGRESS)
        die("connect");
    watch(c, EPOLL_CTL_ADD);
}

static void conn_close(struct conn *c)
{
    if (c->fd < 0)
        return;
    struct linger lg = { .l_onoff = 1, .l_linger = 0 };   /* no TIME_WAIT pile-up */
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
    close(c->fd);
    c->fd = -1;
    if (c->state == ST_READY)
        nready--;
    else
        nopening--;
    c->state = ST_IDLE;
    nclosed++;
}

static void conn_ready(struct conn *c)
{
    c->state = ST_READY;
    nopening--;
    nready++;
    if (opt.mode == MODE_CHURN) {
        churned += measuring;
        if (measuring)
            record(&latency, now_us() - c->opened_at);
        ws_send(c, 8, "\x03\xe8", 2);
        conn_close(c);
        if (running)
            conn_open(c);
    }
}

/* ------------------------------------------------------------------ receiving */

static uint64_t number_after(const uint8_t *p, size_t len, const char *key, size_t klen)
{
    const uint8_t *q = memmem(p, len, key, klen);
    if (!q)
        return 0;
    uint64_t v = 0;
    for (q += klen; q < p + len && *q >= '0' && *q <= '9'; q++)
        v = v * 10 + (uint64_t)(*q - '0');
    return v;
}

/* One thing fewer is missing of a post; after the last its poster goes on. */
static void post_arrived(uint64_t s)
{
    if (--ring[s % RING].missing == 0 && running && opt.rate == 0)
        post(&conns[ring[s % RING].publisher], now_us());
}

/* A room's copy of a post: its entries must arrive in order and without a gap. */
static void on_copy(struct conn *c, const uint8_t *p, size_t len, uint64_t now)
{
    uint64_t s = number_after(p, len, "\"id\":\"", 6);
    uint64_t entry = number_after(p, len, "\"seq\":", 6);
    if (!s || s > seq || !entry) {
        protocol_errors++;
        return;
    }
    if (entry <= c->last_seq)
        order_errors++;
    else if (c->last_seq && entry != c->last_seq + 1)
        gap_errors++;
    c->last_seq = entry;
    copies_total++;
    if (measuring) {
        deliveries++;
        record(&latency, now - ring[s % RING].due);
    }
    if (opt.whole)
        post_arrived(s);
}

static void on_post_ack(const uint8_t *p, size_t len, uint64_t now)
{
    uint64_t s = number_after(p, len, "43", 2);
    acks_total++;
    if (!s || s > seq || !number_after(p, len, "\"seq\":", 6)) {
        ack_errors++;
        return;
    }
    if (measuring) {
        acks++;
        record(&ack_latency, now - ring[s % RING].due);
    }
    post_arrived(s);
}

static void on_delivery(struct conn *c, const uint8_t *p, size_t len, uint64_t now)
{
    if (opt.tokens && (len < 10 || memcmp(p, "42[\"entry\"", 10)))
        return;                                   /* welcome, presence, state */
    if (opt.mode == MODE_POST) {
        on_copy(c, p, len, now);
        return;
    }
    uint64_t s = number_after(p, len, "\"s\":", 4);
    uint64_t t = number_after(p, len, "\"t\":", 4);
    if (!s || !t) {
        protocol_errors++;
        return;
    }
    if (opt.publishers <= opt.rooms) {            /* one publisher per room */
        if (s <= c->last_seq)
            order_errors++;
        if (opt.rooms == 1 && c->last_seq && s != c->last_seq + 1)
            gap_errors++;
        c->last_seq = s;
    }
    if (measuring) {
        deliveries++;
        record(&latency, now - t);
    }
    if (ring[s % RING].missing && --ring[s % RING].missing == 0 && opt.rate == 0 && running)
        publish(ring[s % RING].publisher, now_us());
}

static void on_ack(struct conn *c, const uint8_t *p, size_t len, uint64_t now)
{
    uint32_t id = 0;
    for (size_t i = 2; i < len && p[i] >= '0' && p[i] <= '9'; i++)
        id = id * 10 + (uint32_t)(p[i] - '0');
    if (c->state == ST_JOIN) {
        conn_ready(c);
        return;
    }
    if (opt.mode == MODE_POST) {
        on_post_ack(p, len, now);
        return;
    }
    if (opt.mode != MODE_ECHO || id >= (uint32_t)opt.window) {
        protocol_errors++;
        return;
    }
    if (measuring) {
        deliveries++;
        record(&latency, now - c->sent_at[id]);
    }
    if (running && opt.rate == 0)
        send_echo(c, id);
}

static void on_text(struct conn *c, const uint8_t *p, size_t len, uint64_t now)
{
    if (opt.raw) {
        if (opt.mode == MODE_ECHO) {
            uint64_t id = number_after(p, len, "\"s\":", 4);
            char ack[16];
            snprintf(ack, sizeof ack, "43%u[", (unsigned)id);
            on_ack(c, (uint8_t *)ack, strlen(ack), now);
        } else {
            on_delivery(c, p, len, now);
        }
        return;
    }
    if (len == 0) {
        protocol_errors++;
        return;
    }
    switch (p[0]) {
    case '2':                                     /* Engine.IO ping */
        ws_text(c, "3");
        pings += measuring;
        return;
    case '0':                                     /* Engine.IO open */
        if (c->state == ST_EIO_OPEN) {
            c->state = ST_SIO_CONN;
            if (opt.tokens) {
                char buf[256];
                snprintf(buf, sizeof buf, "40{\"token\":\"%s\"}",
                         opt.tokens[(size_t)(c - conns) % opt.ntokens]);
                ws_text(c, buf);
            } else {
                ws_text(c, "40");
            }
        }
        return;
    case '4':
        break;
    case '6':
        return;
    default:
        protocol_errors++;
        return;
    }
    if (len >= 2 && p[1] == '2') {
        on_delivery(c, p, len, now);
    } else if (len >= 2 && p[1] == '3') {
        on_ack(c, p, len, now);
    } else if (len >= 2 && p[1] == '0' && c->state == ST_SIO_CONN) {
        if (opt.mode == MODE_BROADCAST || opt.mode == MODE_POST) {
            char buf[64];
            if (opt.tokens)
                snprintf(buf, sizeof buf, "420[\"room:join\",{\"room\":\"r%d\",\"limit\":0}]", c->room);
            else if (opt.mode == MODE_POST)
                snprintf(buf, sizeof buf, "420[\"join\",\"r%d\",\"u%d\"]", c->room,
                         (int)(c - conns));
            else
                snprintf(buf, sizeof buf, "420[\"join\",\"r%d\"]", c->room);
            c->state = ST_JOIN;
            ws_text(c, buf);
        } else {
            conn_ready(c);
        }
    } else {
        protocol_errors++;
    }
}

/* Parse as many whole frames as there are; return the number of bytes used. */
static size_t parse_frames(struct conn *c, const uint8_t *buf, size_t len, uint64_t now)
{
    size_t used = 0;
    uint32_t generation = c->generation;
    while (c->fd >= 0 && c->generation == generation && len - used >= 2) {
        const uint8_t *p = buf + used;
        size_t h = 2;
        uint64_t plen = p[1] & 0x7f;
        if (plen == 126) {
            if (len - used < 4)
                break;
            plen = (uint64_t)p[2] << 8 | p[3];
            h = 4;
        } else if (plen == 127) {
            if (len - used < 10)
                break;
            plen = 0;
            for (int i = 0; i < 8; i++)
                plen = plen << 8 | p[2 + i];
            h = 10;
        }
        if (len - used - h < plen)
            break;
        int opcode = p[0] & 0x0f;
        used += h + plen;
        if (opcode == 1 && (p[0] & 0x80)) {
            on_text(c, p + h, plen, now);
        } else if (opcode == 9) {
            ws_send(c, 10, p + h, plen);
        } else if (opcode == 8) {
            conn_close(c);
        } else if (opcode != 10) {
            protocol_errors++;            /* fragmented or binary: not expected */
        }
    }
    return used;
}

static void send_upgrade(struct conn *c)
{
    char req[512];
    int n = snprintf(req, sizeof req,
                     "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n\r\n", opt.path, opt.host, opt.port);
    c->state = ST_UPGRADE;
    conn_write(c, req, (size_t)n);
}

static size_t consume(struct conn *c, const uint8_t *buf, size_t len, uint64_t now)
{
    size_t used = 0;
    if (c->state == ST_UPGRADE) {
        const uint8_t *end = memmem(buf, len, "\r\n\r\n", 4);
        if (!end)
            return 0;
        if (len < 12 || memcmp(buf + 9, "101", 3) != 0) {
            connect_errors++;
            conn_close(c);
            return len;
        }
        used = (size_t)(end - buf) + 4;
        if (opt.raw) {
            conn_ready(c);
            return used;
        }
        c->state = ST_EIO_OPEN;
    }
    return used + parse_frames(c, buf + used, len - used, now);
}

static void on_readable(struct conn *c)
{
    static uint8_t big[1 << 18];
    size_t have = c->rlen;
    if (have)
        memcpy(big, c->rbuf, have);
    ssize_t n = recv(c->fd, big + have, sizeof big - have, 0);
    if (n <= 0) {
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        conn_close(c);
        return;
    }
    reads += measuring;
    if (measuring)
        received_bytes += (uint64_t)n;
    size_t len = have + (size_t)n;
    uint32_t generation = c->generation;
    size_t used = consume(c, big, len, now_us());
    if (c->fd < 0 || c->generation != generation)
        return;
    size_t rest = len - used;
    if (rest > c->rcap) {
        c->rcap = (uint32_t)(rest < 512 ? 512 : rest * 2);
        c->rbuf = realloc(c->rbuf, c->rcap);
    }
    if (rest)
        memcpy(c->rbuf, big + used, rest);
    c->rlen = (uint32_t)rest;
}

static void on_writable(struct conn *c)
{
    if (c->state == ST_TCP) {
        int err = 0;
        socklen_t sl = sizeof err;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &sl);
        if (err) {
            connect_errors++;
            conn_close(c);
            return;
        }
        c->want_out = false;
        send_upgrade(c);
        if (c->fd >= 0)
            watch(c, EPOLL_CTL_MOD);
        return;
    }
    if (c->wlen) {
        ssize_t n = send(c->fd, c->wbuf, c->wlen, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN)
                conn_close(c);
            return;
        }
        memmove(c->wbuf, c->wbuf + n, c->wlen - (uint32_t)n);
        c->wlen -= (uint32_t)n;
    }
    if (c->wlen == 0) {
        c->want_out = false;
        watch(c, EPOLL_CTL_MOD);
    }
}

/* Handle events for at most `until` microseconds (absolute). */
static void poll_once(uint64_t until)
{
    static struct epoll_event events[1024];
    uint64_t now = now_us();
    struct timespec ts = { 0, 0 };
    if (until > now) {
        ts.tv_sec = (time_t)((until - now) / 1000000);
        ts.tv_nsec = (long)((until - now) % 1000000) * 1000;
    }
    int n = epoll_pwait2(epfd, events, 1024, &ts, NULL);
    if (n < 0 && errno != EINTR)
        die("epoll_pwait2");
    for (int i = 0; i < n; i++) {
        struct conn *c = events[i].data.ptr;
        if (c->fd < 0)
            continue;
        if (c->stalled) {
            if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
                nstall_closed++;
                conn_close(c);
            }
            continue;
        }
        if (events[i].events & EPOLLOUT)
            on_writable(c);
        if (c->fd >= 0 && (events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
            on_readable(c);
    }
}

/* ------------------------------------------------------------------- workload */

static void open_more(void)
{
    while (next_to_open < opt.conns && nopening < opt.inflight)
        conn_open(&conns[next_to_open++]);
}

static void connect_all(void)
{
    uint64_t last_progress = now_us();
    int last = 0;
    while (nready < opt.conns) {
        open_more();
        poll_once(now_us() + 100000);
        if (nready != last) {
            last = nready;
            last_progress = now_us();
        } else if (now_us() - last_progress > 15000000 ||
                   (next_to_open == opt.conns && nopening == 0)) {
            fprintf(stderr, "stuck: %d of %d connected, %llu failed\n", nready, opt.conns,
                    (unsigned long long)connect_errors);
            exit(2);
        }
    }
}

static uint64_t next_due;

static void run_until(uint64_t end)
{
    uint64_t step = opt.rate > 0 ? (uint64_t)(1e6 / opt.rate) : 0;
    static uint64_t turn;
    while (now_us() < end) {
        uint64_t wake = end;
        if (step && running) {
            uint64_t now = now_us();
            while (next_due <= now) {
                if (opt.mode == MODE_POST)
                    post(&conns[turn++ % (uint64_t)opt.publishers], next_due);
                else if (opt.mode == MODE_BROADCAST)
                    publish((int)(turn++ % (uint64_t)opt.publishers), next_due);
                next_due += step;
            }
            if (next_due < wake)
                wake = next_due;
        }
        poll_once(wake);
    }
}

static void start_load(void)
{
    running = true;
    next_due = now_us();
    if (opt.mode == MODE_BROADCAST && opt.rate == 0) {
        for (int w = 0; w < opt.window; w++)
            for (int i = 0; i < opt.publishers; i++)
                publish(i, now_us());
    } else if (opt.mode == MODE_POST && opt.rate == 0) {
        for (int w = 0; w < opt.window; w++)
            for (int i = 0; i < opt.publishers; i++)
                post(&conns[i], now_us());
    } else if (opt.mode == MODE_ECHO) {
        for (int i = 0; i < opt.conns; i++) {
            conns[i].sent_at = calloc((size_t)opt.window, sizeof(uint64_t));
            for (int w = 0; w < opt.window; w++)
                send_echo(&conns[i], (uint32_t)w);
        }
    }
}

/* One token a line; connections take them in turn. */
static void read_tokens(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f)
        die(path);
    char line[256];
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        opt.tokens = realloc(opt.tokens, (opt.ntokens + 1) * sizeof *opt.tokens);
        opt.tokens[opt.ntokens++] = strdup(line);
    }
    fclose(f);
}

static void usage(void)
{
    fprintf(stderr,
            "usage: sioload [options]\n"
            "  -H, --host A       server address (127.0.0.1)\n"
            "  -p, --port N       server port (8000)\n"
            "  -m, --mode M       broadcast | echo | idle | churn | post\n"
            "  -n, --conns N      connections (100)\n"
            "  -r, --rooms N      rooms, filled round robin (1)\n"
            "  -P, --publishers N connections that publish (1; post: all, each waiting for its ack)\n"
            "  -w, --window N     closed loop: messages kept in flight, per publisher or\n"
            "                     per echo or post client (1)\n"
            "  -R, --rate X       open loop: messages a second, over all publishers\n"
            "  -s, --size N       bytes of the JSON object (120)\n"
            "  -i, --inflight N   connections being opened at once (64)\n"
            "  -W, --warmup S     seconds before measuring (1)\n"
            "  -d, --duration S   seconds measured (5)\n"
            "      --settle S     pause after connecting, before RSS is read (0.5)\n"
            "      --stall N      that many (last) connections stop reading\n"
            "      --pid A,B      server processes, for CPU and memory\n"
            "      --path P       request path\n"
            "      --raw          plain WebSocket server, no Socket.IO\n"
            "      --tokens FILE  post mode against Parlour itself: a session token a line, taken\n"
            "                     in turn; rooms r0, r1, … exist already\n"
            "      --label TEXT   copied into the output\n");
    exit(2);
}

static void parse_options(int argc, char **argv)
{
    static const struct option longopts[] = {
        { "host", 1, 0, 'H' }, { "port", 1, 0, 'p' }, { "mode", 1, 0, 'm' },
        { "conns", 1, 0, 'n' }, { "rooms", 1, 0, 'r' }, { "publishers", 1, 0, 'P' },
        { "window", 1, 0, 'w' }, { "rate", 1, 0, 'R' }, { "size", 1, 0, 's' },
        { "inflight", 1, 0, 'i' }, { "warmup", 1, 0, 'W' }, { "duration", 1, 0, 'd' },
        { "settle", 1, 0, 1000 }, { "stall", 1, 0, 1001 }, { "pid", 1, 0, 1002 },
        { "path", 1, 0, 1003 }, { "raw", 0, 0, 1004 }, { "label", 1, 0, 1005 },
        { "tokens", 1, 0, 1006 }, { 0, 0, 0, 0 },
    };
    int o;
    while ((o = getopt_long(argc, argv, "H:p:m:n:r:P:w:R:s:i:W:d:", longopts, NULL)) != -1) {
        switch (o) {
        case 'H': opt.host = optarg; break;
        case 'p': opt.port = atoi(optarg); break;
        case 'm':
            if (!strcmp(optarg, "broadcast")) opt.mode = MODE_BROADCAST;
            else if (!strcmp(optarg, "echo")) opt.mode = MODE_ECHO;
            else if (!strcmp(optarg, "idle")) opt.mode = MODE_IDLE;
            else if (!strcmp(optarg, "churn")) opt.mode = MODE_CHURN;
            else if (!strcmp(optarg, "post")) opt.mode = MODE_POST;
            else usage();
            break;
        case 'n': opt.conns = atoi(optarg); break;
        case 'r': opt.rooms = atoi(optarg); break;
        case 'P': opt.publishers = atoi(optarg); break;
        case 'w': opt.window = atoi(optarg); break;
        case 'R': opt.rate = atof(optarg); break;
        case 's': opt.payload = atoi(optarg); break;
        case 'i': opt.inflight = atoi(optarg); break;
        case 'W': opt.warmup = atof(optarg); break;
        case 'd': opt.duration = atof(optarg); break;
        case 1000: opt.settle = atof(optarg); break;
        case 1001: opt.stall = atoi(optarg); break;
        case 1002:
            for (char *t = strtok(optarg, ","); t && opt.npids < MAX_PIDS; t = strtok(NULL, ","))
                opt.pids[opt.npids++] = atoi(t);
            break;
        case 1003: opt.path = optarg; break;
        case 1004: opt.raw = true; break;
        case 1005: opt.label = optarg; break;
        case 1006: read_tokens(optarg); break;
        default: usage();
        }
    }
    opt.whole = opt.mode == MODE_POST && opt.publishers > 0;
    if (!opt.publishers)
        opt.publishers = opt.mode == MODE_POST ? opt.conns : 1;
    if (opt.conns < 1 || opt.rooms < 1 || opt.window < 1 || opt.publishers < 1 ||
        opt.publishers > opt.conns || opt.payload > (1 << 16) || opt.stall >= opt.conns)
        usage();
}

int main(int argc, char **argv)
{
    parse_options(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);

    epfd = epoll_create1(0);
    conns = calloc((size_t)opt.conns, sizeof *conns);
    room_size = calloc((size_t)opt.rooms, sizeof *room_size);
    for (int i = 0; i < opt.conns; i++) {
        conns[i].fd = -1;
        conns[i].room = i % opt.rooms;
        room_size[conns[i].room]++;
    }

    double rss0 = server_rss(), cpu0 = server_cpu();
    uint64_t t0 = now_us();
    double connect_s = 0, connect_cpu = 0, rss1 = rss0;
    if (opt.mode == MODE_CHURN) {
        running = true;
        open_more();
    } else {
        connect_all();
        connect_s = (double)(now_us() - t0) / 1e6;
        run_until(now_us() + (uint64_t)(opt.settle * 1e6));
        connect_cpu = server_cpu() - cpu0;
        rss1 = server_rss();
        for (int i = opt.conns - opt.stall; i < opt.conns; i++) {
            conns[i].stalled = true;
            room_size[conns[i].room]--;       /* the closed loop must not wait for it */
            watch(&conns[i], EPOLL_CTL_MOD);
        }
        start_load();
    }

    run_until(now_us() + (uint64_t)(opt.warmup * 1e6));
    measuring = true;
    double cpu1 = server_cpu(), own1 = own_cpu();
    uint64_t m0 = now_us();
    run_until(m0 + (uint64_t)(opt.duration * 1e6));
    measuring = false;
    double secs = (double)(now_us() - m0) / 1e6;
    double cpu = server_cpu() - cpu1, own = own_cpu() - own1;
    double rss2 = server_rss();
    running = false;
    if (opt.mode == MODE_POST) {              /* let what is under way come in */
        uint64_t limit = now_us() + 3000000;
        while ((acks_total < posts_total || copies_total < copies_due) && now_us() < limit)
            poll_once(now_us() + 10000);
    }

    const char *modes[] = { "broadcast", "echo", "idle", "churn", "post" };
    double done = (double)(opt.mode == MODE_CHURN ? churned : deliveries);
    double rate = done / secs;
    printf("{\"label\":\"%s\",\"mode\":\"%s\",\"conns\":%d,\"rooms\":%d,\"publishers\":%d,"
           "\"window\":%d,\"rate\":%.0f,\"size\":%d,\"seconds\":%.3f,"
           "\"per_s\":%.0f,\"per_cpu_s\":%.0f,\"sent_per_s\":%.1f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"mean_ms\":%.3f,"
           "\"server_cpu_s\":%.2f,\"server_cpu_pct\":%.1f,\"generator_cpu_pct\":%.1f,"
           "\"connects_per_s\":%.0f,\"connect_cpu_ms\":%.4f,"
           "\"rss_start_mb\":%.1f,\"rss_connected_mb\":%.1f,\"rss_end_mb\":%.1f,"
           "\"kb_per_conn\":%.2f,\"frames_per_read\":%.2f,\"pings\":%llu,"
           "\"order_errors\":%llu,\"gap_errors\":%llu,\"protocol_errors\":%llu,"
           "\"connect_errors\":%llu,\"closed\":%d,\"stalled_closed\":%d,"
           "\"acks_per_s\":%.1f,\"acks_per_cpu_s\":%.0f,\"ack_p50_ms\":%.3f,"
           "\"ack_p99_ms\":%.3f,\"ack_max_ms\":%.3f,\"ack_errors\":%llu,"
           "\"acks_total\":%llu,\"unacked\":%llu,\"copies_missing\":%lld}\n",
           opt.label, modes[opt.mode], opt.conns, opt.rooms, opt.publishers, opt.window,
           opt.rate, opt.payload, secs, rate, cpu > 0 ? done / cpu : 0,
           (double)sent_msgs / secs, percentile_ms(&latency, 50), percentile_ms(&latency, 99),
           (double)latency.max / 1000, latency.count ? (double)latency.sum / (double)latency.count / 1000 : 0,
           cpu, 100 * cpu / secs, 100 * own / secs,
           connect_s > 0 ? opt.conns / connect_s : 0, 1000 * connect_cpu / opt.conns,
           rss0 / 1e6, rss1 / 1e6, rss2 / 1e6, (rss1 - rss0) / 1024 / opt.conns,
           reads ? (double)deliveries / (double)reads : 0, (unsigned long long)pings,
           (unsigned long long)order_errors, (unsigned long long)gap_errors,
           (unsigned long long)protocol_errors, (unsigned long long)connect_errors,
           opt.mode == MODE_CHURN ? 0 : nclosed, nstall_closed, (double)acks / secs,
           cpu > 0 ? (double)acks / cpu : 0, percentile_ms(&ack_latency, 50),
           percentile_ms(&ack_latency, 99), (double)ack_latency.max / 1000,
           (unsigned long long)ack_errors, (unsigned long long)acks_total,
           (unsigned long long)(posts_total - acks_total), (long long)(copies_due - copies_total));
    fprintf(stderr,
            "%-22s %-9s n=%-5d %9.0f/s  %9.0f/cpu-s  p50 %.2f  p99 %.2f  max %.1f ms  "
            "server %.0f%%  generator %.0f%%  connect %.0f/s  %.1f KiB/conn%s\n",
            opt.label, modes[opt.mode], opt.conns, rate, cpu > 0 ? done / cpu : 0,
            percentile_ms(&latency, 50), percentile_ms(&latency, 99), (double)latency.max / 1000, 100 * cpu / secs,
            100 * own / secs, connect_s > 0 ? opt.conns / connect_s : 0,
            (rss1 - rss0) / 1024 / opt.conns,
            order_errors || gap_errors || protocol_errors || connect_errors ? "  ERRORS" : "");
    if (opt.mode == MODE_POST)
        fprintf(stderr, "%-22s acks %.0f/s  %.0f/cpu-s  p50 %.2f  p99 %.2f  max %.1f ms%s\n",
                opt.label, (double)acks / secs, cpu > 0 ? (double)acks / cpu : 0,
                percentile_ms(&ack_latency, 50), percentile_ms(&ack_latency, 99),
                (double)ack_latency.max / 1000,
                ack_errors || acks_total < posts_total || copies_total != copies_due
                    ? "  MISSING OR FAILED" : "");
    fflush(stdout);
    _exit(0);
}
