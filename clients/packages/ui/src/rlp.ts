import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";

/** A `0x` string is bytes, a bigint is a number without leading zeros (Yellow Paper, appendix B). */
export type Rlp = string | bigint | Rlp[];

export function encodeRlp(value: Rlp): Uint8Array {
  if (Array.isArray(value)) {
    const items = concatBytes(...value.map(encodeRlp));
    return concatBytes(header(items.length, 0xc0), items);
  }
  const bytes = typeof value === "bigint" ? bytesOf(value) : hexToBytes(value.slice(2));
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes;
  return concatBytes(header(bytes.length, 0x80), bytes);
}

function header(length: number, offset: number): Uint8Array {
  if (length <= 55) return Uint8Array.of(offset + length);
  const size = bytesOf(BigInt(length));
  return concatBytes(Uint8Array.of(offset + 55 + size.length), size);
}

function bytesOf(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const hex = value.toString(16);
  return hexToBytes(hex.length % 2 ? `0${hex}` : hex);
}
