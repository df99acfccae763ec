import { type ErrorHook, type Listener, type Off } from "../connection/events.js";
import type { TokenSource } from "../connection/tokens.js";
import type { NonceReply, Session } from "../protocol/types.js";
import { type Store } from "../store/store.js";
import { type Provider } from "../wallet/eip6963.js";
import { type SignInOptions } from "./sign-in.js";
import { type AuthOptions } from "./storage.js";
export interface SessionOptions extends AuthOptions {
    /** The wallet that signs in, where `signIn` names none. */
    provider?: Provider;
    /** Receives what a listener throws. */
    onError?: ErrorHook;
}
/** Make the session of one account at one server; `connect({ url, token: session })` uses it as it is renewed. */
export declare function createSession(options?: SessionOptions): SessionManager;
/** Keeps one account's session: signs in, renews it five minutes before its end, keeps it over a reload, signs out. */
export declare class SessionManager implements TokenSource {
    #private;
    /** Null while nobody is signed in. */
    readonly session: Store<Session | null>;
    /** Sign in with a wallet: one signature. @throws ParlourError as `signIn`. */
    signIn(options?: Partial<Omit<SignInOptions, "url" | "storage">>): Promise<Session>;
    /** Ask for what a sign-in's message holds, for a kit that writes and signs it; `verify` takes it. @throws ParlourError */
    nonce(): Promise<NonceReply>;
    /** Begin a session with a message that the wallet has signed. @throws ParlourError */
    verify(signed: {
        message: string;
        signature: string;
    }): Promise<Session>;
    /** Continue the session that a reload left in storage; null where there is none, or it is over. */
    resume(): Promise<Session | null>;
    /**
     * Renew the session now, as far as the wallet's signature allows; null where it is over.
     * @throws ParlourError when the server cannot answer now.
     */
    refresh(): Promise<Session | null>;
    /** End the session here and on the server. @throws ParlourError when the server cannot be reached. */
    signOut(): Promise<void>;
    /** Return the token for a socket, renewed if its end is near; undefined where nobody is signed in. */
    token(): Promise<string | undefined>;
    /** End the session if this is its token: the server does not accept it any more. */
    tokenEnded(token: string): void;
    /** Sign out when the wallet moves to another account or chain than the session's, until the returned function is called. */
    follow(provider: Provider): Off;
    /** Hear that the session has ended by itself: its time was up, or it was ended elsewhere. */
    onSignedOut(listener: Listener<Session>): Off;
}
