/** The contracts an account put a stake into from this browser: how it finds them when their tables are gone. */
import type { Account } from "@parlour/client";
import type { Contract } from "./contract.js";

export interface KeptStake extends Contract {
  /** Of the table. */
  title: string;
}

/** Contracts kept of an account; the oldest makes room. */
const MOST_KEPT = 50;

export function readStakes(account: Account): KeptStake[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(account)) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isKept) : [];
  } catch {
    return []; // somebody else wrote there
  }
}

/** Keep where a stake went. */
export function keepStake(account: Account, { chain, address }: Contract, title: string): void {
  const others = readStakes(account).filter((one) => one.address !== address);
  write(account, [...others, { chain, address, title }].slice(-MOST_KEPT));
}

/** Forget a contract whose stake was taken back. */
export function forgetStake(account: Account, { address }: Contract): void {
  write(
    account,
    readStakes(account).filter((one) => one.address !== address),
  );
}

function write(account: Account, kept: KeptStake[]): void {
  try {
    if (kept.length) localStorage.setItem(keyOf(account), JSON.stringify(kept));
    else localStorage.removeItem(keyOf(account));
  } catch {
    return; // a full storage keeps what it had
  }
}

function keyOf(account: Account): string {
  return `parlour:stakes:${account}`;
}

function isKept(value: unknown): value is KeptStake {
  const kept = value as Partial<KeptStake> | null;
  return typeof kept?.address === "string" && typeof kept.chain === "number" && typeof kept.title === "string";
}
