/** The page of a chain: its newest blocks as they come, what is final, and a look-up of anything on it. */
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ParlourError, type Answer, type ChainState, type ShownBlock } from "@parlour/client";
import { formatDuration, formatEther, formatNumber, shortAccount } from "@parlour/ui/format";
import { me } from "../account/session.js";
import type { GameView } from "../games/game.js";
import { linkStyles } from "../shell/styles.js";
import type { PlayProps } from "../games/play.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { formatPrice } from "../market/amounts.js";
import { Fact } from "../shell/fact.js";
import { questionOf, shortHash, type Question } from "./question.js";

type Found = Answer<"chain:lookup">;

await linkStyles("chain-pages.css");

export function ExplorerPage({ room, view }: PlayProps<ChainState & GameView>) {
  const { chain, head, safe, finalized, baseFee, lag, blocks } = view;
  const now = useNow();
  const newest = useNewest(room, chain, head?.number);
  return (
    <section class="table explorer" aria-label={`Chain ${chain}`}>
      <dl class="facts" aria-live="off">
        <Fact name="Newest block" value={newest === undefined ? "—" : String(newest)} />
        <Fact name="Safe" value={safe ? String(safe.number) : "—"} />
        <Fact name="Finalized" value={finalized ? String(finalized.number) : "—"} />
        <Fact name="Base fee, gwei" value={baseFee === null ? "—" : formatPrice(String(Number(baseFee) / 1e9))} />
        <Fact name="Told after" value={`${formatNumber(lag / 1_000)} s`} />
      </dl>
      <Search room={room} chain={chain} />
      <h2 class="list-title">Newest blocks</h2>
      {blocks.length === 0 && <p class="fine">The next block will be the first one here.</p>}
      <ol class="blocks">
        {[...blocks].reverse().map((block) => (
          <BlockRow key={block.hash} block={block} now={now} />
        ))}
      </ol>
    </section>
  );
}

function BlockRow({ block, now }: { block: ShownBlock; now: number }) {
  const full = block.gasUsed !== null && block.gasLimit ? block.gasUsed / block.gasLimit : 0;
  return (
    <li>
      <strong>{block.number}</strong>
      <span class="hash" title={block.hash}>
        {shortHash(block.hash)}
      </span>
      <span>
        {block.transactions} {block.transactions === 1 ? "transaction" : "transactions"}
      </span>
      <span class="gas" title={`${formatNumber(full * 100)} % of the gas limit`}>
        <span style={{ width: `${Math.max(1, full * 100)}%` }} />
      </span>
      <span class="fine age">{formatDuration(now - block.time * 1_000)} ago</span>
      <span class={block.status === "finalized" ? "chip final" : "chip"}>{block.status}</span>
    </li>
  );
}

/** A field for a hash, a number or an address, and what the chain has there. */
function Search({ room, chain }: { room: OpenRoom; chain: number }) {
  const typed = useSignal(me.peek() ?? "");
  const found = useSignal<Found | null>(null);
  const refusal = useSignal("");
  const look = async (event: Event): Promise<void> => {
    event.preventDefault();
    found.value = null;
    refusal.value = "";
    const question = questionOf(typed.value);
    if (!question) return void (refusal.value = "Type a block’s number, a hash, or an address.");
    try {
      found.value = await lookUp(room, chain, question);
    } catch (error) {
      if (error instanceof ParlourError) refusal.value = error.message;
      else report(error);
    }
  };
  return (
    <>
      <form class="look-up" role="search" onSubmit={(event) => void look(event)}>
        <label class="hidden" for="look-up">
          Transaction, block or account
        </label>
        <input
          id="look-up"
          spellcheck={false}
          autocomplete="off"
          placeholder="Transaction, block or account"
          value={typed.value}
          onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        />
        <button class="primary" type="submit">
          Look up
        </button>
      </form>
      <p class="refusal" role="alert">
        {refusal.value}
      </p>
      {found.value && <Result found={found.value} />}
    </>
  );
}

/** A hash is a transaction's or a block's. */
async function lookUp(room: OpenRoom, chain: number, question: Question): Promise<Found> {
  if (!("hash" in question)) return room.client.lookup({ chain, ...question });
  try {
    return await room.client.lookup({ chain, tx: question.hash });
  } catch (error) {
    if (!(error instanceof ParlourError && error.code === "not_found")) throw error;
    return room.client.lookup({ chain, block: question.hash });
  }
}

function Result({ found: { tx, block, address } }: { found: Found }) {
  const rows: [string, string][] = [];
  if (tx) {
    rows.push(["Transaction", tx.hash], ["From", tx.from], ["To", tx.to ?? tx.contract ?? "—"]);
    rows.push(["Value", `${formatEther(tx.value)} ether`], ["Status", tx.success === false ? "failed" : tx.status]);
    if (tx.block) rows.push(["Block", String(tx.block.number)], ["Gas used", formatNumber(tx.gasUsed ?? 0)]);
    for (const log of tx.logs ?? []) rows.push([log.event ?? "Log", log.args ? argsOf(log.args) : log.address]);
  }
  if (block) {
    rows.push(["Block", String(block.number)], ["Hash", block.hash], ["Parent", block.parent]);
    rows.push(["Transactions", String(block.transactions)], ["Status", block.status]);
    for (const hash of block.hashes.slice(0, 5)) rows.push(["Transaction", hash]);
  }
  if (address) {
    rows.push([address.codeBytes ? "Contract" : "Account", address.address], ["Nonce", String(address.nonce)]);
    rows.push(["Balance", `${formatEther(address.balance)} ether`], ["As of block", String(address.block.number)]);
  }
  return (
    <dl class="found card" aria-label="Found">
      {rows.map(([name, value], at) => (
        <div key={at}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function argsOf(args: Record<string, unknown>): string {
  return Object.entries(args)
    .map(([name, value]) => `${name} ${shortAccount(String(value))}`)
    .join(", ");
}

/** The newest block's number, looked up while the room, which may have just been made, knows of none. */
function useNewest(room: OpenRoom, chain: number, head: number | undefined): number | undefined {
  const found = useSignal<number | undefined>(undefined);
  useEffect(() => {
    if (head !== undefined) return;
    room.client.lookup({ chain, block: "latest" }).then(
      ({ block }) => (found.value = block?.number),
      () => {}, // the next block will tell
    );
  }, []);
  return head ?? found.value;
}

/** The time, moving once a second. */
function useNow(): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now.value;
}
