/** Health in words: what is wrong with the server, and what to do about it. */
import type { Chain, Overview } from "./types.js";

export interface Trouble {
  what: string;
  /** What to do about it. */
  advice: string;
  /** The page where that is done. */
  page: string;
}

/** Find what is wrong, the worst first; empty while all is well. */
export function findTroubles(overview: Overview | null, chains: readonly Chain[], lost: boolean): Trouble[] {
  if (lost)
    return [
      {
        what: "The server does not answer.",
        advice: "Look whether its process runs, and at its log. This page keeps trying.",
        page: "overview",
      },
    ];
  if (!overview) return [];
  return chains.flatMap(chainTroubles);
}

function chainTroubles(chain: Chain): Trouble[] {
  const name = `Chain ${chain.chain}`;
  const page = "chain";
  const found: Trouble[] = [];
  if (chain.state === "halted")
    found.push({
      what: `${name} is halted: ${chain.reason}`,
      advice: "Check its endpoints, then replay it, or rewind it to a block both agree on.",
      page,
    });
  else if (chain.state === "disconnected")
    found.push({ what: `${name} has no endpoint that answers.`, advice: "Look at its endpoints.", page });
  const down = chain.endpoints.filter(({ healthy }) => !healthy);
  if (down.length && down.length < chain.endpoints.length)
    found.push({
      what: `${down.length} of ${chain.endpoints.length} endpoints of ${name.toLowerCase()} are down.`,
      advice: "The others serve; mend it before they fail too.",
      page,
    });
  if (chain.outbox.parked)
    found.push({
      what: `${chain.outbox.parked} events of ${name.toLowerCase()} could not be delivered.`,
      advice: "Mend what their rooms report, then replay the chain.",
      page,
    });
  return found;
}
