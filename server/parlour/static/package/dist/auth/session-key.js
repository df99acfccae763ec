/** A key of this page's own that signs posts, so that a wallet is asked only once. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, randomBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { checksumAddress } from "../wallet/address.js";
import { sessionStorageHere } from "./storage.js";
const POST = keccak("Post(string room,string id,string type,bytes32 body,uint64 seenSeq,bytes32 seenHash)");
const DOMAIN = keccak("EIP712Domain(string name,string version,bytes32 salt)");
/**
 * A session key (docs/protocol.md section 6). Name it when signing in and hand it to `connect`:
 *
 *     const key = SessionKey.stored();
 *     const { token } = await signIn({ provider, sessionKey: { address: key.address } });
 *     const client = connect({ token, signer: key });
 */
export class SessionKey {
    address;
    #secret;
    constructor(secret = secp256k1.utils.randomSecretKey()) {
        this.#secret = secret;
        const point = secp256k1.getPublicKey(secret, false).subarray(1);
        this.address = checksumAddress(`0x${bytesToHex(keccak_256(point).subarray(12))}`);
    }
    /** The key an earlier page of this tab left in storage, else a new one, kept there; `null` keeps it nowhere. */
    static stored(options = {}) {
        const { storage = sessionStorageHere(), url = "" } = options;
        const name = `parlour:session-key:${url}`;
        const secret = storage?.getItem(name);
        if (secret && /^[0-9a-f]{64}$/.test(secret))
            return new SessionKey(hexToBytes(secret));
        const key = new SessionKey();
        storage?.setItem(name, bytesToHex(key.#secret));
        return key;
    }
    /** EIP-712 over what is posted and the head that was seen; `salt` hides the body from whoever sees its hash alone. */
    sign(post, salt = randomBytes(16)) {
        const seenHash = post.seen ? hexToBytes(post.seen.hash.slice(2)) : new Uint8Array(32);
        const message = concatBytes(POST, ...[post.room, post.id, post.type].map(keccak), sha256(concatBytes(salt, bytesOf(post.body))), uint256(post.seen?.seq ?? 0), seenHash);
        const domain = concatBytes(DOMAIN, keccak("Parlour"), keccak("1"), sha256(utf8ToBytes(post.epoch)));
        const digest = keccak_256(concatBytes(new Uint8Array([0x19, 1]), keccak_256(domain), keccak_256(message)));
        const signature = secp256k1.sign(digest, this.#secret, { prehash: false, format: "recovered" });
        const v = new Uint8Array([27 + signature[0]]);
        return { sig: toHex(concatBytes(signature.subarray(1), v)), salt: toHex(salt) };
    }
}
/** The bytes of a body as the server stores and hashes them: a binary one as it is. */
function bytesOf(body) {
    return body instanceof Uint8Array ? body : utf8ToBytes(canonicalJson(JSON.parse(JSON.stringify(body))));
}
/** JSON as RFC 8785 writes it: keys in the order of their UTF-16 code units, numbers as ECMAScript does. */
export function canonicalJson(value) {
    if (value === null || typeof value !== "object")
        return JSON.stringify(value) ?? "null";
    if (Array.isArray(value))
        return `[${value.map(canonicalJson).join(",")}]`;
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    fields.sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
}
function keccak(text) {
    return keccak_256(utf8ToBytes(text));
}
function uint256(number) {
    return hexToBytes(number.toString(16).padStart(64, "0"));
}
function toHex(bytes) {
    return `0x${bytesToHex(bytes)}`;
}
