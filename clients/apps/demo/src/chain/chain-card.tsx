import { formatEther, formatTime } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";
import type { ChainCard, ChainStatus } from "../chat/timeline.js";

const STATUS: Record<ChainStatus, [label: string, title: string]> = {
  included: ["In a block", "Mined; a reorganisation of the chain could still undo it"],
  safe: ["Safe", "Most validators have seen it; it will hardly be undone"],
  finalized: ["Final", "It cannot be undone any more"],
  reverted: ["Undone", "The chain was reorganised, and its new blocks do not hold it"],
};

/** An on-chain event, and how sure the chain is of it. */
export function ChainCardView({ card }: { card: ChainCard }) {
  const [label, title] = STATUS[card.status];
  return (
    <article class={`chain-card ${card.status}`}>
      <span class="block" aria-hidden="true">
        <svg
          viewBox="0 0 20 20"
          width="20"
          height="20"
          fill="none"
          stroke="currentColor"
          stroke-width="1.4"
          stroke-linejoin="round"
        >
          <path d="M10 2.5 16.5 6v8L10 17.5 3.5 14V6zM3.5 6 10 9.5 16.5 6M10 9.5v8" />
        </svg>
      </span>
      <p class="what">{describeEvent(card)}</p>
      <p class="fine" title={card.tx}>
        Block {card.block}
        {card.moved && " (it moved here)"} ·{" "}
        <time dateTime={new Date(card.at).toISOString()}>{formatTime(card.at)}</time>
      </p>
      <span class="status" title={title}>
        {label}
      </span>
    </article>
  );
}

function describeEvent({ event, args }: ChainCard): string {
  if (event === "Staked") return `${who(args.player)} put ${formatEther(String(args.amount))} ETH on the table`;
  if (event === "Refunded") return `${who(args.player)} took ${formatEther(String(args.amount))} ETH back`;
  const values = Object.entries(args).map(([name, value]) => `${name} ${who(value)}`);
  return `${event}${values.length ? `: ${values.join(", ")}` : ""}`;
}

function who(value: unknown): string {
  const text = String(value);
  return /^0x[0-9a-fA-F]{40}$/.test(text) ? nameOf(text) : text;
}
