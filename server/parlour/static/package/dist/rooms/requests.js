import { randomId } from "../connection/ids.js";
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
        return this.#request("room:history", options);
    }
    /** Return the messages whose text holds the words of `query`, newest first: those with a seq below `before`. */
    async search(query, options = {}) {
        return (await this.#request("room:search", { query, ...options })).entries;
    }
    /** Return every account with a role here, the highest roles first. */
    async members() {
        const members = [];
        for (let cursor; cursor !== null;) {
            const page = await this.#request("room:members", cursor === undefined ? {} : { cursor });
            members.push(...page.members);
            ({ cursor } = page);
        }
        return members;
    }
    /** Have a contract's events arrive here as `chain.event` entries. */
    async watch(options) {
        return (await this.#change("room:watch", { watch: options })).watch;
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
    /** Close the room for good, for everybody. */
    async close(options = {}) {
        await this.#change("room:close", options);
    }
    #request(event, payload) {
        return this.#connection.request(event, { ...payload, room: this.id });
    }
    /** Send a request that changes something; its id makes sending it again safe. */
    #change(event, payload) {
        return this.#request(event, { ...payload, id: randomId() });
    }
}
