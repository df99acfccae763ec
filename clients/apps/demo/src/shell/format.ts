import type { Account } from "@parlour/client";

/** `0xf39F…2266`; what is no address stays as it is. */
export function shortAccount(account: Account): string {
  const address = account.split(":").at(-1) ?? account;
  return /^0x[0-9a-fA-F]{40}$/.test(address) ? `${address.slice(0, 6)}…${address.slice(-4)}` : account;
}

/** Wei as ether, with no more digits than it has. */
export function formatEther(wei: string | bigint): string {
  const digits = BigInt(wei).toString().padStart(19, "0");
  const fraction = digits.slice(-18).replace(/0+$/, "");
  return fraction ? `${digits.slice(0, -18)}.${fraction}` : digits.slice(0, -18);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export function formatTime(at: number): string {
  return clock.format(at);
}

export function formatDay(at: number): string {
  return new Date(at).toDateString() === new Date().toDateString() ? "Today" : day.format(at);
}

/** FNV-1a: spreads accounts over hues and patterns, the same on every machine. */
export function hashAccount(account: Account): number {
  let hash = 0x811c9dc5;
  for (const character of account.toLowerCase()) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** "Alice is typing", "Alice and Bob are typing", "3 people are typing". */
export function listTyping(names: readonly string[]): string {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return `${names.length} people are typing…`;
}
