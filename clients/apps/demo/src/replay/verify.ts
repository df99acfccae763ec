/** Checks a replay without trusting who sent it: the hash of every entry, and the server's signature of the last one. */
import type { Entry, Hex } from "@parlour/client";
import { canonicalJson } from "@parlour/client/session";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Replay, Signed } from "./replay-lines.js";

/** What came of a check, in words. */
export interface Verdict {
  holds: boolean;
  words: string;
}

/** Check the whole chain (protocol §6); the first thing that is wrong is the verdict. */
export function verifyReplay({ head, entries, signed }: Replay): Verdict {
  let previous = head.floor ? bytes(head.floor.previous) : new Uint8Array(32);
  let seq = head.floor?.seq ?? 1;
  for (const entry of entries) {
    if (entry.seq !== seq) return wrong(`Entry ${seq} is missing.`);
    if (entry.body !== null && (entry.salt === undefined || bodyHash(entry) !== entry.bodyHash))
      return wrong(`What entry ${seq} says was changed: its body has another hash.`);
    const hash = hashOf(entry, previous);
    if (toHex(hash) !== entry.hash)
      return wrong(`Entry ${seq} was changed, or one before it: its hash does not follow.`);
    previous = hash;
    seq++;
  }
  const last = entries.at(-1);
  if (!last) return wrong("There is nothing to check.");
  if (!signed)
    return { holds: true, words: `${entries.length} entries follow from each other; no server signed them.` };
  if (signed.seq !== last.seq || signed.hash !== last.hash) return wrong("The server's signature is for another log.");
  const by = signerOf(signed);
  if (by !== signed.by.toLowerCase()) return wrong("The server's signature is not by the key that it names.");
  return {
    holds: true,
    words: `${entries.length} entries follow from each other, and ${signed.by} signed the last one.`,
  };
}

function bodyHash({ salt, body }: Entry & { salt?: Hex }): string {
  const binary = isBinary(body) ? Uint8Array.from(atob(body.b64), (each) => each.charCodeAt(0)) : null;
  return toHex(sha256(concatBytes(bytes(salt!), binary ?? utf8ToBytes(canonicalJson(body)))));
}

function isBinary(body: unknown): body is { b64: string } {
  const keys = body !== null && typeof body === "object" ? Object.keys(body) : [];
  return keys.length === 1 && keys[0] === "b64" && typeof (body as { b64: unknown }).b64 === "string";
}

function hashOf(entry: Replay["entries"][number], previous: Uint8Array): Uint8Array {
  const { at, author, epoch, id, room, seq, sig = null, type, bodyHash: body } = entry;
  return sha256(
    concatBytes(previous, utf8ToBytes(canonicalJson({ at, author, body, epoch, id, room, seq, sig, type }))),
  );
}

/** The address that signed a position: EIP-191 over its JCS. */
function signerOf({ epoch, hash, room, seq, sig }: Signed): string {
  const message = utf8ToBytes(canonicalJson({ epoch, hash, room, seq }));
  const digest = keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${message.length}`), message));
  const plain = bytes(sig);
  const recovered = concatBytes(Uint8Array.of(plain[64]! - 27), plain.subarray(0, 64));
  try {
    const key = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
    const whole = secp256k1.Point.fromBytes(key).toBytes(false);
    return toHex(keccak_256(whole.subarray(1)).subarray(12));
  } catch {
    return ""; // no point of the curve
  }
}

function wrong(words: string): Verdict {
  return { holds: false, words };
}

function bytes(hex: string): Uint8Array {
  return hexToBytes(hex.slice(2));
}

function toHex(value: Uint8Array): Hex {
  return `0x${bytesToHex(value)}`;
}
