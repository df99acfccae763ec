import { formatDuration } from "@parlour/ui/format";
import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { useLoad } from "../data/load.js";
import type { Node } from "../data/types.js";
import { Card, Facts } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";

const EVERY_MS = 3_000;
const REBALANCE: Act = {
  name: "Rebalance",
  text: "Nodes with more rooms than their share give up rooms that nobody uses.",
  path: "/api/admin/nodes/rebalance",
  done: "The nodes are asked.",
};

/** The processes that serve this database. */
export function Nodes() {
  const load = useLoad<{ asked: string; nodes: Node[] }>("/api/admin/nodes", EVERY_MS);
  return (
    <Page title="Nodes" load={load} tools={<Actions acts={[REBALANCE]} />}>
      {({ asked, nodes }) => nodes.map((node) => <One key={node.name} node={node} asked={node.name === asked} />)}
    </Page>
  );
}

function One({ node, asked }: { node: Node; asked: boolean }) {
  const { name, state, version, rooms, connections, load, startedAt, seenMs, url } = node;
  const drain: Act = {
    name: "Drain",
    text: "Hands its rooms over and takes no more clients, until it is started anew.",
    path: `/api/admin/nodes/${encodeURIComponent(name)}/drain`,
    typed: name,
    done: `${name} hands its rooms over.`,
  };
  return (
    <Card title={name} tools={state === "up" && <Actions acts={[drain]} />}>
      <Facts
        of={{
          State: `${state}${asked ? ", answers this page" : ""}`,
          Version: version,
          Rooms: rooms.toLocaleString(),
          Connections: connections.toLocaleString(),
          Load: `${Math.round(load * 100)} % of a core`,
          Started: <When at={startedAt} />,
          "Last heartbeat": `${formatDuration(seenMs)} ago`,
          "Reached at": url || "by no other node",
        }}
      />
    </Card>
  );
}
