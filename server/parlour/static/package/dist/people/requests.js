import { Listeners } from "../connection/events.js";
import { postApi } from "../files/transfer.js";
import { listing } from "../store/listing.js";
/** Asks about people and about oneself; each method throws a ParlourError when it is refused. */
export class AccountRequests {
    /** What this account was told, newest first: called, a page of it; as a store, the newest page. `onNotice` hears more. */
    notices;
    #connection;
    #changed;
    /** @internal */
    constructor(connection, onError) {
        this.#connection = connection;
        this.#changed = new Listeners(onError);
        connection.on("notice", () => this.#changed.notify());
        const ask = (options = {}) => this.#ask("notices:list", options);
        const nothing = { notices: [], cursor: null, unread: 0 };
        this.notices = listing(ask, nothing, (again) => this.#whileSignedIn(again), onError);
    }
    /** Change one's profile, the values that are named, and return it. */
    async profile(options) {
        return (await this.#ask("account:profile", options)).profile;
    }
    /** Return what is known of accounts, at most 100; those without a profile are left out. */
    async profiles(accounts) {
        return (await this.#ask("account:profiles", { accounts })).profiles;
    }
    /** Bring in a picture (PNG, JPEG or WebP) and return its hash for `profile`. */
    async uploadAvatar(picture) {
        const { url } = this.#connection;
        const token = await this.#connection.token();
        return (await postApi(url, "account/avatar", token, picture)).hash;
    }
    /** Say how one is to the people of one's rooms; `until` (ms since 1970) makes one active again. */
    async setStatus(options) {
        await this.#ask("account:status", options);
    }
    /** Block an account, or no longer: its mentions and invitations arrive nowhere. */
    async block(account, on = true) {
        await this.#ask("account:block", { account, on });
    }
    /**
     * Push this account's notices to this browser, or no longer. Subscribe first, with the server's key:
     * `registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: me.push })`.
     */
    async push(subscription, on = true) {
        await this.#ask("account:push", { subscription: subscription.toJSON(), on });
    }
    /** Return whom this account blocks. */
    async blocks() {
        return (await this.#ask("account:blocks", {})).accounts;
    }
    /** Open the direct room with these accounts, one to nine: the same people, the same room. It accepts the room too. */
    async dm(accounts) {
        return (await this.#ask("dm:open", { accounts })).room;
    }
    /** Accept a stranger's direct room, or decline it; nobody is told of the latter. */
    async answerDm(room, accept) {
        await this.#ask("dm:answer", { room, accept });
    }
    /** Mark what this account was told as read, up to a notice. */
    async readNotices(upTo) {
        await this.#ask("notices:read", { upTo });
        this.#changed.notify();
    }
    /** Call `again` at every connection of an account, and when its notices change; nobody tells a guest anything. */
    #whileSignedIn(again) {
        const { me, changes } = this.#connection;
        const ask = () => this.#connection.online && me.get()?.account && again();
        const offs = [changes.add(ask), this.#changed.add(ask)];
        this.#connection.open();
        ask();
        return () => offs.forEach((off) => off());
    }
    #ask(event, payload) {
        return this.#connection.request(event, payload);
    }
}
