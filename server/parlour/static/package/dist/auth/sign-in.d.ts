import type { RoomId, Session } from "../protocol/types.js";
import { type Provider } from "../wallet/eip6963.js";
import { type AuthOptions } from "./storage.js";
export interface SignInOptions extends AuthOptions {
    provider: Provider;
    /** Which of the wallet's accounts; default: its first. */
    address?: string;
    /** A key that may sign posts for this account until the session ends, in `room` alone where one is named. */
    sessionKey?: {
        address: string;
        room?: RoomId;
    };
    /** Until when the session may be renewed without the wallet; default: not beyond one session's length (24 h). */
    renewableUntil?: Date;
}
/**
 * Sign in with a wallet (EIP-4361 over `personal_sign`): one nonce, one signature, one session.
 * @throws ParlourError with code `wallet`, the sign-in rule that failed, or `unavailable`.
 */
export declare function signIn(options: SignInOptions): Promise<Session>;
/** Exchange a signed message for a session, and keep it. @throws ParlourError */
export declare function verifySigned(options: AuthOptions, body: {
    message: string;
    signature: string;
}): Promise<Session>;
/** Return the session that an earlier `signIn` left in storage, if the server still accepts it; else null. */
export declare function resumeSession(options?: AuthOptions): Promise<Session | null>;
/** End the session here and on the server; its sockets are closed within a second. @throws ParlourError */
export declare function signOut(options: AuthOptions & {
    token: string;
}): Promise<void>;
