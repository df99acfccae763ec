/** The kinds of rooms that the server has, as GET /api/kinds tells of them. */
import { effect, signal } from "@preact/signals";
import type { KindFacts, KindsReply, RoomInfo } from "@parlour/client";
import { getJson } from "../shell/api.js";
import { status } from "../shell/connection.js";
import { report } from "../shell/toast.js";
import { GAMES } from "./catalog.js";

export const kinds = signal<ReadonlyMap<string, KindFacts>>(new Map());

/** Ask what the server has at every connection: an author changes a game and starts the server again. */
export function followKinds(): void {
  effect(() => {
    if (status.value.status === "online") loadKinds().catch(report);
  });
}

async function loadKinds(): Promise<void> {
  const { kinds: served } = await getJson<KindsReply>("/api/kinds");
  kinds.value = new Map(served.map((facts) => [facts.kind, facts]));
}

/** What people call a kind. */
export function titleOf(kind: string): string {
  return GAMES.get(kind)?.title ?? kinds.value.get(kind)?.title ?? kind;
}

/** Whether people sit down in rooms of this kind. */
export function hasTable({ kind, game }: Pick<RoomInfo, "kind" | "game">): boolean {
  if (game || GAMES.has(kind)) return true;
  if (kind === "market" || kind === "chain") return false; // pages to look at
  const facts = kinds.value.get(kind);
  return facts !== undefined && (facts.view !== null || facts.posts !== undefined);
}

/** The option that gives a table of this kind a stake; null where it has none. */
export function stakeOption(kind: string): string | null {
  return kinds.value.get(kind)?.stake ?? null;
}

/** The kinds of which a table can be opened: those with a page of their own first. A server may serve fewer of these. */
export function tableKinds(): string[] {
  const own = [...GAMES.keys()].filter((kind) => kinds.value.size === 0 || kinds.value.has(kind));
  const others = [...kinds.value.keys()].filter((kind) => !GAMES.has(kind) && hasTable({ kind }));
  return [...own, ...others.sort((one, other) => titleOf(one).localeCompare(titleOf(other)))];
}
