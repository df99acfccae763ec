import { readMessage } from "../chat/message.js";
import { serverAddress } from "../connection/address.js";
import { randomId } from "../connection/ids.js";
import { postApi } from "../files/transfer.js";
/** Asks about a room and changes it; each method throws a ParlourError when it is refused. */
export class RoomRequests {
    /** The id as it was asked for. */
    id;
    #connection;
    /** @internal */
    constructor(id, connection) {
        this.id = id;
        this.#connection = connection;
    }
    /** Return a page of entries, ascending; both bounds are exclusive. */
    history(options = {}) {
        return this.request("room:history", options);
    }
    /** Return a page of messages as they are now, each with its edits, reactions and thread. */
    readMessages(options = {}) {
        return this.#messages({ view: "messages", ...options });
    }
    /** Return the message that began a thread and its replies; with `before` alone the last ones. */
    thread(root, options = {}) {
        return this.#messages({ view: "messages", thread: root, ...options });
    }
    /** Return the pinned messages, the one pinned last first. */
    async pins() {
        return (await this.#messages({ view: "pins" })).messages;
    }
    async #messages(asked) {
        const { entries, more } = await this.request("room:history", asked);
        return { messages: entries.map(readMessage), more };
    }
    /** Return messages whose text holds the words of `query`, newest first; `before` the last seq is the next page. */
    async search(query, options = {}) {
        return (await this.request("room:search", { query, ...options })).entries;
    }
    /** Have a contract's events arrive here as `chain.event` entries. */
    async watch(options) {
        return (await this.#change("room:watch", { watch: options })).watch;
    }
    /** Have the events read again that a `chain.gap` left out; return how many are on their way. */
    async fillGap(options) {
        return (await this.#change("room:watch", { fill: options.seq })).filled;
    }
    /** Return what a market's pool sells and buys within so many basis points, from its price outwards. */
    depth(options = {}) {
        return this.request("market:depth", options);
    }
    async unwatch(options) {
        await this.#change("room:unwatch", options);
    }
    /** Make an invitation; `client.joinRoom({ room, invite })` takes it. */
    async invite(options = {}) {
        return (await this.#change("room:invite", options)).invite;
    }
    /** Change the room's settings: those that are named. */
    async configure(options) {
        await this.#change("room:configure", options);
    }
    /** Mute, kick or ban an account of a lower role, undo that, or give it a role. */
    async moderate(options) {
        await this.#change("room:moderate", options);
    }
    /** Let everybody read a message that waits for a moderator. */
    async releaseMessage(seq) {
        await this.#change("room:moderate", { action: "release", seq });
    }
    /** Report a message to the moderators; nobody in the room learns who did. */
    async report(seq, options) {
        await this.request("room:report", { of: seq, ...options });
    }
    /** Return a page of the room's open reports, for its moderators. */
    reports(options = {}) {
        return this.request("room:reports", options);
    }
    /** End a report without doing anything. */
    async dismissReport(report) {
        await this.#change("room:moderate", { action: "dismiss", report });
    }
    /** Close the room for good, for everybody. */
    async close(options = {}) {
        await this.#change("room:close", options);
    }
    /** Say how much this account wants to hear of the room, or of a thread; `until` (ms since 1970) ends it. */
    async notify(options) {
        await this.request("room:notify", options);
    }
    /** Bring a file into the room; `say(text, { files: [hash] })` names it. */
    async upload(body, options = {}) {
        const name = options.name ?? (typeof File !== "undefined" && body instanceof File ? body.name : "");
        const path = `rooms/${encodeURIComponent(this.id)}/files?name=${encodeURIComponent(name)}`;
        return (await this.#post(path, body, options)).file;
    }
    /** Return an address of a file that `<img src>` can show for five minutes. */
    async fileUrl(hash) {
        const path = `rooms/${encodeURIComponent(this.id)}/files/${encodeURIComponent(hash)}`;
        const { ticket } = await this.#post(`${path}/ticket`);
        const { url } = this.#connection;
        return `${url && serverAddress(url).base}/api/${path}?ticket=${encodeURIComponent(ticket)}`;
    }
    async #post(path, body, options) {
        return postApi(this.#connection.url, path, await this.#connection.token(), body, options);
    }
    /** Send any request of the protocol about this room and return its ack without `ok`. @throws ParlourError */
    request(event, payload) {
        return this.#connection.request(event, { ...payload, room: this.id });
    }
    /** Send a request that changes something; its id makes sending it again safe. */
    #change(event, payload) {
        return this.request(event, { ...payload, id: randomId() });
    }
}
