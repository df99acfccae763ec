import { formatBytes, formatDuration, formatNumber } from "@parlour/ui/format";
import { access, hour, overview, troubles } from "../data/server.js";
import type { HourSample, Overview as Answer } from "../data/types.js";
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

const PLOTS: readonly { label: string; unit?: string; key: keyof HourSample; say: (value: number) => string }[] = [
  { label: "Connections", key: "connections", say: formatNumber },
  { label: "Requests", unit: "per second", key: "requestsPerSecond", say: formatNumber },
  { label: "Entries kept", unit: "per second", key: "entriesPerSecond", say: formatNumber },
  { label: "Answers, 99 of 100 within", key: "ackP99Ms", say: formatMs },
  { label: "Commits, 99 of 100 within", key: "commitP99Ms", say: formatMs },
  { label: "Event loop late by", key: "loopLagMs", say: formatMs },
  { label: "Memory", key: "residentBytes", say: formatBytes },
];

/** The last hour; the server keeps it, so it is there as soon as the page is. */
function Plots() {
  const of = hour.value;
  const times = of.map(({ at }) => at / 1_000);
  return (
    <div class="plots">
      {PLOTS.map(({ key, say, ...rest }) => {
        const values = of.map((sample) => sample[key]);
        const last = values.findLast((value) => value != null);
        return (
          <Plot
            key={key}
            {...rest}
            value={last == null ? "nothing yet" : say(last)}
            times={times}
            lines={[values]}
            say={say}
          />
        );
      })}
    </div>
  );
}

function formatMs(value: number): string {
  return `${formatNumber(value)} ms`;
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
