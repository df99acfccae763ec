import { ParlourError } from "./errors.js";
import type { JsonObject } from "./types.js";

/** A leaf of a gate: what one has to hold, or the list one has to be on (docs/protocol.md section 12). */
export type GateLeaf =
  | {
      chain: number;
      token: string;
      standard: "native" | "erc20" | "erc721" | "erc1155";
      id?: string | string[];
      min?: string;
    }
  | { chain: number; call: { to: string; function: string; args?: unknown[] }; min?: string }
  | { accounts: string[] }
  | { merkle: { root: string; leaf: "address" | "openzeppelin" } };

export type GateTree = GateLeaf | { any: GateTree[] } | { all: GateTree[] };

/** A room's gate: its tree, with its options beside the root's key. */
export type Gate = GateTree & {
  finality?: "included" | "safe" | "finalized" | number;
  delegates?: boolean | string;
  /** Milliseconds that a chain may lag before nobody new is let in. */
  grace?: number;
  check?: "live" | "join";
  grants?: "member";
};

/** One thing that is missing at a gate. */
export interface GateNeed {
  leaf: GateLeaf;
  /** What this account has of it, in smallest units; null where it could not be known. */
  have: string | null;
}

/** What is missing, where an error is the refusal of a gate; else undefined. */
export function missingAtGate(error: unknown): GateNeed[] | undefined {
  if (!(error instanceof ParlourError) || error.code !== "forbidden" || error.reason !== "gate") return undefined;
  const { need, have } = (error.details ?? {}) as { need?: GateLeaf[]; have?: (string | null)[] };
  return need?.map((leaf, at) => ({ leaf, have: have?.[at] ?? null }));
}

/** What a leaf asks for, in words for people. */
export function describeGate(leaf: GateLeaf): string {
  if ("accounts" in leaf) return "a place on the list of accounts";
  if ("merkle" in leaf) return "a proof that the account is on the list";
  const least = leaf.min ?? "1";
  if ("call" in leaf) return `at least ${least} from ${leaf.call.function.split("(")[0]} of ${leaf.call.to}`;
  if (leaf.token === "native") return `at least ${least} wei on chain ${leaf.chain}`;
  const ids = leaf.id === undefined ? "" : ` with id ${[leaf.id].flat().join(" or ")}`;
  return `at least ${least} of ${leaf.token}${ids} on chain ${leaf.chain}`;
}

/** The tree of a room object's gate; undefined where there is none, or where a list only says that there is one. */
export function gateOf(info: { gate?: boolean | JsonObject }): Gate | undefined {
  return typeof info.gate === "object" ? (info.gate as unknown as Gate) : undefined;
}
