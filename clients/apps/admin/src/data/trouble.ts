/** Health in words: what is wrong with the server, and what to do about it. */
import { formatDuration, formatNumber } from "@parlour/ui/format";
import type { Chain, HourSample, Overview, Webhook } from "./types.js";

export interface Trouble {
  what: string;
  /** What to do about it. */
  advice: string;
  /** The page where that is done. */
  page: string;
}

export const LOST: Trouble = {
  what: "The server does not answer.",
  advice: "Look whether its process runs, and at its log. This page keeps trying.",
  page: "overview",
};

type Figure = "commitP99Ms" | "storeWaiting" | "loopLagMs" | "ackP99Ms";

/** What of the process is too much, the cause before its effect: as in deploy/prometheus-rules.yml. */
const LIMITS: readonly { of: Figure; above: number; say: (least: string) => string; advice: string }[] = [
  {
    of: "commitP99Ms",
    above: 250,
    say: (least) => `The database is slow: one commit in a hundred takes ${least} ms or more.`,
    advice: "Look at the disk and at what else uses the database; nothing is answered before it is kept.",
  },
  {
    of: "storeWaiting",
    above: 1_000,
    say: (least) => `${least} writes or more wait for the database.`,
    advice: "Look whether the database answers and has room; at 10,000 further posts are refused.",
  },
  {
    of: "loopLagMs",
    above: 250,
    say: (least) => `The event loop stands still for ${least} ms and more.`,
    advice: "Look for loop.stalled in the log: it has the call that held the loop. Too little CPU shows here too.",
  },
  {
    of: "ackP99Ms",
    above: 500,
    say: (least) => `One answer in a hundred takes ${least} ms or more.`,
    advice: "Compare commits and the event loop below: a slow disk shows in the first, too little CPU in the second.",
  },
];
/** Samples in a row, ten seconds each, that are above a limit before it is worth a word. */
const IN_A_ROW = 3;
/** Seconds without progress after which a chain is behind. */
const BEHIND_SECONDS = 120;

/** Find what is wrong, the worst first; empty while all is well. */
export function findTroubles(
  overview: Overview | null,
  hour: readonly HourSample[],
  chains: readonly Chain[],
  webhooks: readonly Webhook[],
): Trouble[] {
  if (!overview) return [];
  return [
    ...chains.flatMap(chainTroubles),
    ...redisTroubles(overview),
    ...LIMITS.flatMap(({ of, above, say, advice }) => {
      const values = hour.slice(-IN_A_ROW).map((sample) => sample[of] ?? 0);
      const least = Math.min(...values);
      const lasting = values.length === IN_A_ROW && least > above;
      return lasting ? [{ what: say(formatNumber(Math.floor(least))), advice, page: "overview" }] : [];
    }),
    ...webhooks.flatMap(webhookTroubles),
  ];
}

function redisTroubles({ now }: Overview): Trouble[] {
  if (now?.redis !== "down") return [];
  const advice =
    "Look whether it runs where PARLOUR_REDIS_URL says; rooms that other nodes serve are away until it is back.";
  return [{ what: "Redis does not answer.", advice, page: "config" }];
}

function webhookTroubles({ name, parked }: Webhook): Trouble[] {
  const [first] = parked;
  if (!first) return [];
  const what = `${many(parked.length, "entry", "entries")} for the webhook ${name} ${parked.length === 1 ? "was" : "were"} given up: ${first.error}`;
  return [{ what, advice: "Mend its receiver, then post them once more.", page: "webhooks" }];
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
  else if (chain.lagSeconds > BEHIND_SECONDS)
    found.push({
      what: `${name} has not moved for ${formatDuration(chain.lagSeconds * 1_000)}; it is ${many(chain.lagBlocks ?? 0, "block", "blocks")} behind.`,
      advice: "Look at the errors of its endpoints: one that limits requests, or lacks logs, holds it up.",
      page,
    });
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

function many(count: number, one: string, more: string): string {
  return `${formatNumber(count)} ${count === 1 ? one : more}`;
}
