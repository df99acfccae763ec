import { reportUncaught, Listeners } from "../connection/events.js";
import { isForeign } from "../connection/reasons.js";
import { pause } from "../connection/retry.js";
import { ParlourError, walletError } from "../protocol/errors.js";
import { Cell } from "../store/store.js";
import { watchAccount } from "../wallet/eip6963.js";
import { callAuth } from "./http.js";
import { resumeSession, signIn, signOut, verifySigned } from "./sign-in.js";
import { forgetSession, keepSession, keptSession, storageKey } from "./storage.js";
/** Milliseconds before its end at which a session is renewed: enough for some tries while the server is away. */
const RENEW_BEFORE = 5 * 60_000;
/** Milliseconds: the longest a timer of JavaScript can run. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** Make the session of one account at one server; `connect({ url, token: session })` uses it as it is renewed. */
export function createSession(options = {}) {
    return new SessionManager(options);
}
/** Keeps one account's session: signs in, renews it five minutes before its end, keeps it over a reload, signs out. */
export class SessionManager {
    /** Null while nobody is signed in. */
    session;
    #cell;
    #options;
    #signedOut;
    #timer;
    #refreshing;
    #tries = 0;
    /** @internal */
    constructor(options) {
        const { onError = reportUncaught } = options;
        this.#options = options;
        this.#signedOut = new Listeners(onError);
        this.session = this.#cell = new Cell(null, onError);
    }
    /** Sign in with a wallet: one signature. @throws ParlourError as `signIn`. */
    async signIn(options = {}) {
        const provider = options.provider ?? this.#options.provider;
        if (!provider)
            throw walletError({ message: "signIn() needs a provider: no wallet was named." });
        return this.#adopt(await signIn({ ...this.#options, ...options, provider }));
    }
    /** Ask for what a sign-in's message holds, for a kit that writes and signs it; `verify` takes it. @throws ParlourError */
    nonce() {
        return callAuth(this.#options.url, "nonce", { method: "GET" });
    }
    /** Begin a session with a message that the wallet has signed. @throws ParlourError */
    async verify(signed) {
        return this.#adopt(await verifySigned(this.#options, signed));
    }
    /** Continue the session that a reload left in storage; null where there is none, or it is over. */
    async resume() {
        const session = await resumeSession(this.#options);
        return session && this.#adopt(session);
    }
    /**
     * Renew the session now, as far as the wallet's signature allows; null where it is over.
     * @throws ParlourError when the server cannot answer now.
     */
    refresh() {
        const key = storageKey(this.#options);
        this.#refreshing ??= inTurn(key, () => this.#refresh()).finally(() => (this.#refreshing = undefined));
        return this.#refreshing;
    }
    /** End the session here and on the server. @throws ParlourError when the server cannot be reached. */
    async signOut() {
        const own = this.#cell.get();
        const session = (own && this.#renewedElsewhere(own)) ?? own;
        this.#forget();
        if (session)
            await signOut({ ...this.#options, token: session.token });
    }
    /** Return the token for a socket, renewed if its end is near; undefined where nobody is signed in. */
    async token() {
        const session = this.#cell.get();
        if (session && left(session) <= 0)
            this.tokenEnded(session.token);
        else if (session && left(session) <= RENEW_BEFORE)
            await this.refresh().catch(() => undefined);
        return this.#cell.get()?.token;
    }
    /** End the session if this is its token: the server does not accept it any more. */
    tokenEnded(token) {
        const session = this.#cell.get();
        if (session?.token !== token)
            return;
        const renewed = this.#renewedElsewhere(session);
        if (renewed)
            return void this.#adopt(renewed);
        this.#forget();
        this.#signedOut.notify(session);
    }
    /** Sign out when the wallet moves to another account or chain than the session's, until the returned function is called. */
    follow(provider) {
        const onMove = (moved) => {
            if (moved && this.#cell.get())
                this.signOut().catch(this.#options.onError ?? reportUncaught);
        };
        const onChain = (chain) => onMove(Number(chain) !== Number(this.#cell.get()?.chainId));
        const onChange = (address) => onMove(address !== this.#cell.get()?.address);
        const off = watchAccount({ provider, onChange });
        provider.on?.("chainChanged", onChain);
        return () => {
            off();
            provider.removeListener?.("chainChanged", onChain);
        };
    }
    /** Hear that the session has ended by itself: its time was up, or it was ended elsewhere. */
    onSignedOut(listener) {
        return this.#signedOut.add(listener);
    }
    async #refresh() {
        const before = this.#cell.get();
        if (!before)
            return null;
        const { token } = before;
        const renewed = this.#renewedElsewhere(before);
        if (renewed)
            return this.#adopt(renewed);
        try {
            const renewed = await callAuth(this.#options.url, "refresh", { method: "POST", token });
            if (this.#cell.get() !== before)
                return this.#cell.get(); // signed out or in meanwhile
            keepSession(this.#options, { ...before, ...renewed });
            return this.#adopt({ ...before, ...renewed }, renewed.expiresAt > before.expiresAt);
        }
        catch (error) {
            if (isForeign(error) || (error instanceof ParlourError && error.retryable))
                throw error;
            this.tokenEnded(token);
            return this.#cell.get();
        }
    }
    /** Return this session as another tab renewed it, where they share a storage. */
    #renewedElsewhere({ account, token }) {
        const kept = keptSession(this.#options);
        return kept && kept.account === account && kept.token !== token && left(kept) > 0 ? kept : undefined;
    }
    #adopt(session, renewable = true) {
        this.#tries = 0;
        const lasts = left(session);
        if (!renewable)
            this.#after(lasts, () => this.tokenEnded(session.token));
        else
            this.#after(lasts > RENEW_BEFORE ? lasts - RENEW_BEFORE : lasts / 2, () => this.#renew());
        this.#cell.set(session);
        return session;
    }
    #renew() {
        this.refresh().catch((error) => {
            const session = this.#cell.get();
            if (!session)
                return;
            const { retryAfter } = error;
            if (left(session) <= 0)
                this.tokenEnded(session.token);
            else
                this.#after(Math.min(pause(this.#tries++, retryAfter), left(session)), () => this.#renew());
        });
    }
    #forget() {
        clearTimeout(this.#timer);
        forgetSession(this.#options);
        this.#cell.set(null);
    }
    #after(wait, act) {
        clearTimeout(this.#timer);
        const step = Math.min(Math.max(0, wait), LONGEST_TIMER);
        this.#timer = setTimeout(() => (step < wait ? this.#after(wait - step, act) : act()), step);
        this.#timer.unref?.(); // a script in Node ends although a session is left
    }
}
/** Run while no other tab does: a token is renewed once, and the others find the new one. */
async function inTurn(name, run) {
    const { locks } = (globalThis.navigator ?? {});
    return locks ? locks.request(name, run) : run();
}
function left(session) {
    return session.expiresAt - Date.now();
}
