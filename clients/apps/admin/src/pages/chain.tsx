import { formatNumber } from "@parlour/ui/format";
import { chains, refresh } from "../data/server.js";
import type { Chain } from "../data/types.js";
import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { Copy } from "../frame/copy.js";
import { Card, Facts } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { Strip } from "../chain/strip.js";

/** Each chain as one picture, with its endpoints and what is waiting. */
export function ChainPage() {
  const load = { data: chains.value, error: undefined, reload: () => void refresh() };
  return (
    <Page
      title="Chain"
      load={load}
      isEmpty={(all) => all.length === 0}
      lesson="No chain is followed. PARLOUR_CHAINS names the chains and their endpoints."
    >
      {(all) => all.map((chain) => <One key={chain.chain} chain={chain} />)}
    </Page>
  );
}

function One({ chain }: { chain: Chain }) {
  return (
    <Card title={`Chain ${chain.chain}`} tools={<Actions acts={actsOf(chain)} />}>
      <p class={chain.state === "following" ? "muted" : "fault"}>
        {chain.state}
        {chain.reason && `: ${chain.reason}`}
      </p>
      <Strip chain={chain} />
      <Facts
        of={{
          Head: height(chain.head),
          Processed: height(chain.processed),
          Safe: height(chain.safe),
          Final: height(chain.finalized),
          Behind: `${formatNumber(chain.lagBlocks ?? 0)} blocks, ${formatNumber(chain.lagSeconds)} s`,
          Watches: `${formatNumber(chain.watches)}${chain.stalled ? `, ${chain.stalled} stalled` : ""}`,
          Reorganisations: `${formatNumber(chain.reorgs)}${chain.reorgs ? `, the deepest ${chain.deepestReorg} blocks` : ""}`,
          "To deliver": `${formatNumber(chain.outbox.waiting)} waiting, ${formatNumber(chain.outbox.parked)} given up`,
        }}
      />
      <h3>Endpoints</h3>
      <ul class="lines">
        {chain.endpoints.map(({ name, healthy, head, latencyMs, errors, lastError }) => (
          <li key={name}>
            <span>
              <span class={healthy ? "dot on" : "dot"} aria-hidden="true" />
              {healthy ? "answers" : "down"}
            </span>
            <span class="account">
              <code>{name}</code>
              <Copy text={name} what="the endpoint" />
            </span>
            <span class="muted">{head < 0 ? "not asked yet" : `block ${head.toLocaleString()}`}</span>
            <span class="number">{formatNumber(latencyMs)} ms</span>
            <span class={errors ? "fault" : "muted"} title={lastError}>
              {formatNumber(errors)} errors
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function height(block: number | null): string {
  return block === null ? "not known yet" : block.toLocaleString();
}

function actsOf({ chain }: Chain): Act[] {
  const path = `/api/admin/chains/${chain}`;
  return [
    {
      name: "Replay",
      text: "Tries a halted chain again, and delivers what was given up.",
      path: `${path}/replay`,
      done: `Chain ${chain} is tried again.`,
    },
    {
      name: "Rewind",
      text: "Accepts the endpoint's chain from a block on: what was read after it is undone in every room, and read again.",
      path: `${path}/rewind`,
      fields: [{ name: "to", label: "The last block to keep", type: "number" }],
      toBody: ({ to }) => ({ to: Number(to) }),
      typed: String(chain),
      done: `Chain ${chain} is read again.`,
    },
  ];
}
