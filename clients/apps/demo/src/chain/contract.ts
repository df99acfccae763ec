/** The contract of a table's stake, as its options name it. */
import type { RoomInfo } from "@parlour/client";

export interface Contract {
  chain: number;
  address: string;
  /** What the table asks of each player, in wei. */
  amount?: string;
}

/** Wei that a table asks for where its options say nothing else. */
export const FRIENDLY_STAKE = "10000000000000000";

/** The stake in wei; 0.01 ether where the table asks for 1 wei or nothing. */
export function amountOf({ amount }: Contract): string {
  return amount && BigInt(amount) > 1n ? amount : FRIENDLY_STAKE;
}

/** Find the contract of a table's stake, in its options. */
export function contractOf(info: RoomInfo): Contract | null {
  return Object.values(info.options ?? {}).find(isContract) ?? null;
}

function isContract(value: unknown): value is Contract {
  const contract = value as Partial<Contract> | null | undefined;
  return typeof contract?.chain === "number" && typeof contract.address === "string";
}
