/** The pages of the console in the order and the groups of its navigation; each is loaded when it is opened. */
import type { FunctionComponent } from "preact";
import { Overview } from "../pages/overview.js";
import type { PageProps } from "./props.js";

export interface PageEntry {
  name: string;
  title: string;
  group: "Now" | "Care" | "Chain" | "Server";
  load: () => Promise<FunctionComponent<PageProps>>;
}

const page = (
  group: PageEntry["group"],
  title: string,
  load: () => Promise<FunctionComponent<PageProps>>,
): PageEntry => ({ name: title.toLowerCase(), title, group, load });

export const PAGES: readonly PageEntry[] = [
  page("Now", "Overview", async () => Overview),
  page("Now", "Rooms", async () => (await import("../pages/rooms.js")).Rooms),
  page("Now", "People", async () => (await import("../pages/people.js")).People),
  page("Now", "Connections", async () => (await import("../pages/connections.js")).Connections),
  page("Care", "Reports", async () => (await import("../pages/reports.js")).Reports),
  page("Care", "Messages", async () => (await import("../pages/messages.js")).Messages),
  page("Care", "Audit", async () => (await import("../pages/audit.js")).Audit),
  page("Chain", "Chain", async () => (await import("../pages/chain.js")).ChainPage),
  page("Chain", "Games", async () => (await import("../pages/games.js")).Games),
  page("Chain", "Webhooks", async () => (await import("../pages/webhooks.js")).Webhooks),
  page("Server", "Keys", async () => (await import("../pages/keys.js")).Keys),
  page("Server", "Config", async () => (await import("../pages/config.js")).Config),
  page("Server", "Nodes", async () => (await import("../pages/nodes.js")).Nodes),
  page("Server", "Playground", async () => (await import("../pages/playground.js")).Playground),
  page("Server", "API", async () => (await import("../pages/api.js")).Api),
];

export const GROUPS = ["Now", "Care", "Chain", "Server"] as const;
