import { formatBytes, formatNumber } from "@parlour/ui/format";
import { history, type Overview } from "../data/overview.js";
import { Tile } from "./tile.js";

/** The four figures of the server with their last two minutes. */
export function Figures({ data }: { data: Overview }) {
  const { requests, entries, connections, memory } = history;
  const metric = (name: string): number => data.metrics[name] ?? 0;
  return (
    <dl class="tiles">
      <Tile label="Connections" value={formatNumber(metric("connections"))} points={connections.value} />
      <Tile
        label="Requests"
        value={formatNumber(requests.value.at(-1) ?? 0)}
        unit="per second"
        points={requests.value}
      />
      <Tile
        label="Entries kept"
        value={formatNumber(entries.value.at(-1) ?? 0)}
        unit="per second"
        points={entries.value}
      />
      <Tile label="Memory" value={formatBytes(metric("residentBytes"))} unit="peak" points={memory.value} />
    </dl>
  );
}
