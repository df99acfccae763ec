/** Lays the last blocks of a chain out in two rows: the chain itself, and below it what reorganisations undid. */
import type { Chain } from "../data/types.js";

/** Blocks in the strip: what a reorganisation can reach on the chains of today, and as many as a phone can show. */
export const BLOCKS = 64;

export type Certainty = "final" | "safe" | "processed" | "seen";

export interface Cell {
  number: number;
  certainty: Certainty;
}

export interface Branch {
  /** The first cell it replaced, counted from the left; how many, as far as they are in the strip. */
  from: number;
  length: number;
  first: number;
  blocks: number;
  at: number;
}

export interface Layout {
  cells: Cell[];
  branches: Branch[];
}

type Heights = Pick<Chain, "head" | "processed" | "safe" | "finalized" | "recentReorgs">;

/** Lay out the last blocks up to the head; without a head there are none. */
export function layoutOf(chain: Heights): Layout {
  const { head, recentReorgs } = chain;
  if (head === null) return { cells: [], branches: [] };
  const first = Math.max(0, head - BLOCKS + 1);
  const cells = Array.from({ length: head - first + 1 }, (_, i) => ({
    number: first + i,
    certainty: certaintyOf(first + i, chain),
  }));
  const branches = recentReorgs.flatMap((reorg) => {
    const from = Math.max(0, reorg.first - first);
    const length = Math.min(cells.length, reorg.first + reorg.blocks - first) - from;
    return length > 0 ? [{ ...reorg, from, length }] : [];
  });
  return { cells, branches };
}

function certaintyOf(number: number, { finalized, safe, processed }: Heights): Certainty {
  if (number <= (finalized ?? -1)) return "final";
  if (number <= (safe ?? -1)) return "safe";
  return number <= (processed ?? -1) ? "processed" : "seen";
}
