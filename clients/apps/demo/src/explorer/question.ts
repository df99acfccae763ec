/** What somebody types to look something up on a chain. */

type Hash = `0x${string}`;
export type Question = { block: number | string } | { address: string } | { hash: Hash };

/** Read a block's number or tag, a hash, or an address; null where it is none. */
export function questionOf(typed: string): Question | null {
  const text = typed.trim();
  if (/^\d{1,15}$/.test(text)) return { block: Number(text) };
  if (/^(latest|safe|finalized)$/.test(text)) return { block: text };
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return { address: text };
  return /^0x[0-9a-fA-F]{64}$/.test(text) ? { hash: text as Hash } : null;
}

/** Shorten a hash to `0x12345678…abcdef`. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 10)}…${hash.slice(-6)}`;
}
