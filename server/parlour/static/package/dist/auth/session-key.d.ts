import { type SessionStorage } from "./storage.js";
import type { Post } from "../connection/outbox.js";
import type { Hex } from "../protocol/types.js";
import type { PostSigner } from "../rooms/options.js";
/**
 * A session key (docs/protocol.md section 6). Name it when signing in and hand it to `connect`:
 *
 *     const key = SessionKey.stored();
 *     const { token } = await signIn({ provider, sessionKey: { address: key.address } });
 *     const client = connect({ token, signer: key });
 */
export declare class SessionKey implements PostSigner {
    #private;
    readonly address: string;
    constructor(secret?: Uint8Array);
    /** The key an earlier page of this tab left in storage, else a new one, kept there; `null` keeps it nowhere. */
    static stored(options?: {
        url?: string;
        storage?: SessionStorage | null;
    }): SessionKey;
    /** EIP-712 over what is posted and the head that was seen; `salt` hides the body from whoever sees its hash alone. */
    sign(post: Post & {
        epoch: string;
    }, salt?: Uint8Array): {
        sig: Hex;
        salt: Hex;
    };
}
/** JSON as RFC 8785 writes it: keys in the order of their UTF-16 code units, numbers as ECMAScript does. */
export declare function canonicalJson(value: unknown): string;
