import { formatBytes, formatDuration, formatNumber } from "@parlour/ui/format";
import { access, levels, overview, rates, samples, troubles } from "../data/server.js";
import type { Overview as Answer } from "../data/types.js";
import { Card, Facts } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { Plot } from "../frame/plot.js";
import { hrefOf } from "../shell/router.js";

const LARGEST = 8;

/** Health in words, what to do about it, and the figures of the last hour. */
export function Overview() {
  const load = { data: overview.value ?? undefined, error: undefined, reload: () => undefined };
  return (
    <Page title="Overview" load={load}>
      {(data) => (
        <>
          <Health data={data} />
          <Plots />
          <div class="parts">
            <Largest data={data} />
            <Card title="Server">
              <Facts
                of={{
                  Version: data.server.version,
                  "Up for": formatDuration(data.server.uptimeMs),
                  Connections: formatNumber(data.metrics["connections"] ?? 0),
                  "Live rooms": formatNumber(data.metrics["liveRooms"] ?? 0),
                  Memory: formatBytes(data.metrics["residentBytes"] ?? 0),
                }}
              />
            </Card>
          </div>
        </>
      )}
    </Page>
  );
}

function Health({ data }: { data: Answer }) {
  const wrong = troubles.value;
  const [people, rooms] = [data.metrics["connections"] ?? 0, data.metrics["liveRooms"] ?? 0];
  if (wrong.length === 0)
    return (
      <p class="health well">
        <strong>All is well.</strong> {count(people, "connection")}, {count(rooms, "live room")}; nothing waits for you.
      </p>
    );
  return (
    <ul class={access.value === "lost" ? "health lost" : "health"}>
      {wrong.map(({ what, advice, page }) => (
        <li key={what}>
          <strong>{what}</strong> <a href={hrefOf(page)}>{advice}</a>
        </li>
      ))}
    </ul>
  );
}

function Plots() {
  const of = samples.value;
  const times = of.map(({ at }) => at / 1_000);
  const [requests, entries] = [rates(of, "requests"), rates(of, "entries")];
  const [connections, memory] = [levels(of, "connections"), levels(of, "residentBytes")];
  const last = (values: readonly number[]): number => values.at(-1) ?? 0;
  const shown = [
    { label: "Connections", values: connections, say: formatNumber },
    { label: "Requests", unit: "per second", values: requests, say: formatNumber },
    { label: "Entries kept", unit: "per second", values: entries, say: formatNumber },
    { label: "Memory", values: memory, say: formatBytes },
  ];
  return (
    <div class="plots">
      {shown.map(({ values, say, ...rest }) => (
        <Plot key={rest.label} {...rest} value={say(last(values))} times={times} lines={[values]} say={say} />
      ))}
    </div>
  );
}

function Largest({ data }: { data: Answer }) {
  const rooms = [...data.rooms].sort((a, b) => b.connections - a.connections).slice(0, LARGEST);
  return (
    <Card title="Rooms by people here now">
      {rooms.length === 0 && <p class="muted">No rooms yet.</p>}
      <ul class="lines">
        {rooms.map(({ id, title, kind, connections }) => (
          <li key={id}>
            <a href={hrefOf("rooms", id)}>{title || id}</a> <span class="muted">{kind}</span>
            <span class="number">{formatNumber(connections)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function count(many: number, what: string): string {
  return `${formatNumber(many)} ${many === 1 ? what : `${what}s`}`;
}
