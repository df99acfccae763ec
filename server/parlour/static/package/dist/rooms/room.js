/// <reference lib="esnext.disposable" preserve="true" />
import { Conversation } from "../chat/fold.js";
import { Listeners } from "../connection/events.js";
import { randomId } from "../connection/ids.js";
import { ParlourError } from "../protocol/errors.js";
import { gateOf } from "../protocol/gates.js";
import { Cell, derive } from "../store/store.js";
import { RoomHearing } from "./hearing.js";
import { overError, REJOIN_DELAY } from "./joining.js";
import { membersOf } from "./members.js";
/**
 * A handle on a room, made by `client.joinRoom` and `client.openRoom`. Handles of one room share what is known of it;
 * each has its own listeners and is released on its own.
 */
export class Room extends RoomHearing {
    /** Resolves to this handle once the room is joined. @throws ParlourError when it is refused for good. */
    ready;
    status;
    /** The last 2,000 and those of `loadOlder`, ascending, without holes but for what the server does not send (ticks). */
    entries;
    /** The view the server computed, for kinds that have one. */
    view;
    /** Who is here; a large crowd has a `count` alone. */
    presence;
    /** The chat messages of `entries`, with edits, deletions, reactions and pins folded in. */
    messages;
    /** Who is typing. */
    typing;
    /** Every account with a role here, the highest first: call it to ask now, or subscribe to it as a store. */
    members;
    #membership;
    #sending;
    #status;
    #ends;
    #offs = new Set();
    #over = null;
    #error;
    /** @internal */
    constructor(membership, sending, options, patient) {
        super(membership.id, sending.connection);
        const { replica, typing, listeners } = membership;
        this.#membership = membership;
        this.#sending = sending;
        this.#status = new Cell(membership.status.get(), sending.onError);
        this.#ends = new Listeners(sending.onError);
        membership.addHandle();
        const conversation = new Conversation();
        this.status = this.#status;
        this.entries = this.#own(replica.entries);
        this.view = this.#own(replica.view);
        this.presence = this.#own(replica.presence);
        this.messages = this.#own(derive(replica.entries, (entries) => conversation.fold(entries)));
        this.typing = this.#own(typing.accounts);
        const members = membersOf(this, membership, sending.onError);
        this.members = Object.assign(() => members(), this.#own(members));
        this.#keep(membership.status.subscribe((status) => status !== "ended" && this.#status.set(status)));
        this.#keep(listeners.end.add((end) => this.#end(end, membership.error, membership.ended)));
        this.ready = this.#enter(options, patient);
        this.ready.catch(() => undefined); // a caller that does not await it reads `ended` and `error`
    }
    /** The room object, as of the last join; empty but for its id before the first. */
    get info() {
        return this.#membership.replica.info;
    }
    /** The tree of the room's gate; undefined where everybody may come in. */
    get gate() {
        return gateOf(this.info);
    }
    get role() {
        return this.#membership.replica.role;
    }
    /** This account's seat in a game; null for those who watch. */
    get seat() {
        return this.#membership.replica.seat;
    }
    /** The highest seq this client knows of. */
    get head() {
        return this.#membership.replica.head;
    }
    /** Up to where this account has read, on any device; 0 where it never did. */
    get lastRead() {
        return this.#membership.replica.read;
    }
    /** The view the server computed, now; `view` is its store. */
    get state() {
        return this.view.get();
    }
    /** Why this handle is over (`released`, `left`, `closed`, the server's reason); null while it is not. */
    get ended() {
        return this.#over;
    }
    /** The refusal that ended this handle, if one did. */
    get error() {
        return this.#error;
    }
    // ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────
    /**
     * Post an entry; resolves once it is durable. It is sent again with the same id after a lost connection and after
     * retryable refusals, in order. @throws ParlourError when it is refused for good, or this handle is over.
     */
    async post({ type, body, id = randomId(), timeout }) {
        if (!this.#membership.joined)
            await this.ready;
        this.#checkLive();
        const { info, known } = this.#membership.replica;
        if (type === "chat.message")
            this.#membership.typing.sent();
        const post = { room: this.id, id, type, body };
        if (info.signed && this.#sending.signer && known?.hash) {
            Object.assign(post, { room: info.id, seen: { seq: known.seq, hash: known.hash } });
            Object.assign(post, this.#sending.signer.sign({ ...post, epoch: known.epoch }));
        }
        return this.#sending.outbox.send(post, timeout);
    }
    /** Take an action of the room's game. @throws as `post`; `reason` says why the rules refuse. */
    act(name, ...[args]) {
        return this.post({ type: "game.action", body: { action: name, args: args ?? {} } });
    }
    /**
     * Send news to everybody here now; it is never stored and never sent again. The promise may be left alone.
     * @throws ParlourError when it is refused, or cannot be sent now (`unavailable`).
     */
    signal({ type, body = {} }) {
        const sent = this.#sendSignal(type, body);
        sent.catch(() => undefined);
        return sent;
    }
    /** Show the others that I am typing. Call it at every key: it sends one signal in 2.5 seconds at most. */
    noteTyping() {
        if (this.#membership.typing.signalDue())
            void this.signal({ type: "typing" });
    }
    // ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────
    /** Put a page of older entries before `entries`; returns whether there are more. @throws ParlourError */
    async loadOlder(options = {}) {
        const { replica } = this.#membership;
        const first = replica.entries.get()[0];
        const before = first?.seq ?? replica.head + 1;
        const { entries, more } = await this.history({ limit: 100, ...options, before });
        if (replica.entries.get()[0] !== first)
            return true; // the window has moved: these would leave a hole
        replica.prepend(entries);
        return more;
    }
    /** Mark everything up to `seq`, by default the head, as read: in the room, or in a thread. @throws ParlourError */
    async markRead({ seq = this.head, ...thread } = {}) {
        await this.request("room:read", { seq, ...thread });
        const { replica } = this.#membership;
        if (thread.thread === undefined)
            replica.read = Math.max(replica.read, seq);
    }
    // ── coming and going ──────────────────────────────────────────────────────────────────────────────────────────
    /** Join again in another way: `player` takes a seat, `spectator` only watches. @throws ParlourError when refused. */
    rejoin(options) {
        return this.#membership.enter(options, true);
    }
    /** End this handle and keep the seat. The client follows the room until its last handle is released. */
    release() {
        this.#finish("released");
    }
    [Symbol.dispose]() {
        this.release();
    }
    /** Give up the room and the seat, for all handles of this client. @throws ParlourError */
    async leave(options = {}) {
        await this.request("room:leave", { ...options, id: randomId() });
        this.#membership.end({ room: this.id, reason: "left" });
    }
    // ── hearing ───────────────────────────────────────────────────────────────────────────────────────────────────
    on(event, listener) {
        if (event === "end")
            return this.#ends.add(listener); // a handle ends on its own
        const { listeners } = this.#membership;
        if (event === "reset")
            return this.#keep(listeners.reset.add(() => listener(this)));
        const heard = listeners[event];
        return this.#keep(heard.add(listener));
    }
    /** Hear the answer to every join, before the entries after it; `vector` is what of a document is here already. */
    onJoin(listener, vector) {
        if (vector)
            this.#membership.vector = vector;
        return this.#keep(this.#membership.listeners.join.add(listener));
    }
    async #enter(options, patient) {
        for (;;) {
            try {
                await this.#membership.enter(options);
                this.#checkLive();
                return this;
            }
            catch (cause) {
                const error = cause instanceof ParlourError ? cause : undefined;
                if (this.#over !== null)
                    throw this.#error ?? overError(this.#over);
                if (!patient || !error?.retryable) {
                    const reason = error?.code ?? "internal";
                    this.#end({ room: this.id, reason }, error, reason);
                    throw cause;
                }
                await new Promise((resolve) => setTimeout(resolve, error.retryAfter ?? REJOIN_DELAY));
            }
        }
    }
    #end(end, error, why) {
        if (this.#over !== null)
            return;
        this.#error = error;
        this.#finish(why ?? "removed");
        this.#ends.notify(end);
    }
    #finish(reason) {
        if (this.#over !== null)
            return;
        this.#over = reason;
        for (const off of [...this.#offs])
            off();
        this.#status.set("ended");
        this.#membership.removeHandle();
    }
    async #sendSignal(type, body) {
        this.#checkLive();
        await this.request("room:signal", { type, body });
    }
    #checkLive() {
        if (this.#over !== null)
            throw this.#error ?? overError(this.#over);
    }
    /** Remove a listener at the end of this handle. */
    #keep(remove) {
        const off = () => {
            remove();
            this.#offs.delete(off);
        };
        this.#offs.add(off);
        return off;
    }
    #own({ get, subscribe }) {
        return { get, subscribe: (listener) => this.#keep(subscribe(listener)) };
    }
}
