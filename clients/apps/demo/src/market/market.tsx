/** The page of a market: price, day, candles, depth and the latest trades, as its room's state and entries say. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ParlourError, type Answer, type Entry, type MarketState, type MarketTrade } from "@parlour/client";
import { formatTime } from "@parlour/ui/format";
import { me } from "../account/session.js";
import type { GameView } from "../games/game.js";
import { report } from "../shell/toast.js";
import { linkStyles } from "../shell/styles.js";
import type { PlayProps } from "../games/play.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { formatAmount, formatChange, formatPrice, lengthOf, type Row } from "./amounts.js";
import { Fact } from "../shell/fact.js";
import { CandleChart } from "./candles.js";

/** Trades that are listed: the newest. */
const LISTED = 14;
/** Milliseconds between two questions for the depth. */
const DEPTH_MS = 4_000;

await linkStyles("chain-pages.css");

export function MarketPage({ room, view }: PlayProps<MarketState & GameView>) {
  const { pair, last, day, candles } = view;
  const names = Object.keys(candles);
  const interval = useSignal(names[0] ?? "1m");
  const [base, quote] = pair.symbols.map((symbol, at) => symbol ?? (at === 0 ? "base" : "quote"));
  return (
    <section class="table market" aria-label={`Market of ${base} in ${quote}`}>
      <header class="market-head">
        <h2>
          {base} / {quote} {!pair.verified && <span class="chip">unverified pool</span>}
        </h2>
        <p class="price" aria-live="polite">
          <strong class={last?.side === "sell" ? "fall" : "rise"}>{last ? formatPrice(last.price) : "—"}</strong>
          {day && <span class="fine">{formatChange(day.open, day.close)} in a day</span>}
        </p>
        {day && (
          <dl class="facts">
            <Fact name="High" value={formatPrice(day.high)} />
            <Fact name="Low" value={formatPrice(day.low)} />
            <Fact name={`Volume, ${base}`} value={formatAmount(day.volume, pair.decimals[0]!)} />
            <Fact name="Trades" value={String(day.trades)} />
          </dl>
        )}
      </header>
      <div class="sieve" role="group" aria-label="Candles of">
        {names.map((name) => (
          <button
            key={name}
            class="toggle"
            aria-pressed={interval.value === name}
            onClick={() => (interval.value = name)}
          >
            {name}
          </button>
        ))}
      </div>
      <Chart
        key={interval.value}
        interval={interval.value}
        rows={(candles[interval.value] ?? []) as unknown as Row[]}
        decimals={pair.decimals[0]!}
      />
      <div class="market-lists">
        <Trades room={room} decimals={pair.decimals[0]!} base={base!} />
        <Depth room={room} last={last?.id ?? 0} decimals={pair.decimals[0]!} base={base!} />
      </div>
    </section>
  );
}

function Chart({ interval, rows, decimals }: { interval: string; rows: readonly Row[]; decimals: number }) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<CandleChart>(undefined);
  useEffect(() => {
    const drawn = (chart.current = new CandleChart(holder.current!, rows, decimals, lengthOf(interval) / 1_000));
    const turned = new MutationObserver(() => drawn.recolour());
    turned.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      turned.disconnect();
      drawn.close();
    };
  }, []);
  useEffect(() => chart.current?.show(rows), [rows]);
  const newest = rows.at(-1);
  const told = newest
    ? `${rows.length} candles of ${interval}; the newest opened at ${formatPrice(newest[1])} and stands at ${formatPrice(newest[4])}, ${newest[8]}`
    : "No candles yet";
  return <div ref={holder} class="candles" role="img" aria-label={told} />;
}

function Trades({ room, decimals, base }: { room: OpenRoom; decimals: number; base: string }) {
  const gone = new Set(
    room.entries.value.flatMap(({ type, body }) =>
      type === "chain.reverted" ? ((body as { of?: number[] } | null)?.of ?? []) : [],
    ),
  );
  const heights = heightsOf(room.entries.value);
  const trades = room.entries.value.filter(({ type }) => type === "market.trade").slice(-LISTED);
  return (
    <section aria-label="Latest trades">
      <h3 class="list-title">Trades</h3>
      <table class="figures">
        <thead>
          <tr>
            <th>Time</th>
            <th>Price</th>
            <th>{base}</th>
            <th>Status</th>
          </tr>
        </thead>
        <tbody>
          {trades.reverse().map(({ seq, body }) => (
            <Trade key={seq} trade={body as MarketTrade} gone={gone.has(seq)} heights={heights} decimals={decimals} />
          ))}
        </tbody>
      </table>
      {trades.length === 0 && <p class="fine">None yet.</p>}
    </section>
  );
}

interface Heights {
  safe: number;
  finalized: number;
}

/** How far the chain has confirmed what is listed. */
function heightsOf(entries: readonly Entry[]): Heights {
  const heights = { safe: -1, finalized: -1 };
  for (const { type, body } of entries) {
    if (type !== "chain.confirmed" || body === null || body.status === "included") continue;
    heights[body.status] = Math.max(heights[body.status], body.upTo.number);
  }
  return heights;
}

function statusOf({ block, status }: MarketTrade, { safe, finalized }: Heights): string {
  if (block.number <= finalized) return "finalized";
  return block.number <= safe ? "safe" : status;
}

interface TradeProps {
  trade: MarketTrade;
  gone: boolean;
  heights: Heights;
  decimals: number;
}

function Trade({ trade, gone, heights, decimals }: TradeProps) {
  return (
    <tr class={gone ? "gone" : trade.taker === me.value ? "mine" : ""}>
      <td>{formatTime(trade.block.time * 1_000)}</td>
      <td class={trade.side === "buy" ? "rise" : "fall"} title={trade.price}>
        {formatPrice(trade.price)} <span class="hidden">{trade.side}</span>
      </td>
      <td>{formatAmount(trade.amount, decimals)}</td>
      <td>{gone ? "reverted" : statusOf(trade, heights)}</td>
    </tr>
  );
}

function Depth({ room, last, decimals, base }: { room: OpenRoom; last: number; decimals: number; base: string }) {
  const depth = useSignal<Answer<"market:depth"> | null>(null);
  const trouble = useSignal("");
  useEffect(() => {
    let over = false;
    const ask = (): void =>
      void room.room.depth({ within: 200, levels: 5 }).then(
        (answer) => !over && (depth.value = answer),
        (error: unknown) => {
          if (over) return;
          if (error instanceof ParlourError) trouble.value = error.message;
          else report(error);
        },
      );
    const timer = setTimeout(ask, depth.peek() ? DEPTH_MS : 0);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [last]);
  const levels = [
    ...[...(depth.value?.asks ?? [])].reverse().map(([price = "", amount = ""]) => ({ side: "ask", price, amount })),
    ...(depth.value?.bids ?? []).map(([price = "", amount = ""]) => ({ side: "bid", price, amount })),
  ];
  return (
    <section aria-label="Depth">
      <h3 class="list-title">Depth, 2 % each way</h3>
      <table class="figures">
        <thead>
          <tr>
            <th>Price up to</th>
            <th>{base}</th>
          </tr>
        </thead>
        <tbody>
          {levels.map(({ side, price, amount }) => (
            <tr key={price}>
              <td class={side === "bid" ? "rise" : "fall"} title={price}>
                {formatPrice(price)} <span class="hidden">{side}</span>
              </td>
              <td>{formatAmount(amount, decimals)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!depth.value && <p class="fine">{trouble.value || "Asking the pool…"}</p>}
    </section>
  );
}
