/** What every page shows of the server: its figures, and its health in a word. */
import { computed, signal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { ask } from "./api.js";
import { paused } from "./paused.js";
import { findTroubles } from "./trouble.js";
import type { Chain, HourSample, Overview } from "./types.js";

/** `locked`: nobody is signed in; `forbidden`: signed in without a server role. */
export type Access = "loading" | "open" | "locked" | "forbidden" | "lost";

const EVERY_MS = 2_000;
/** An hour: the server keeps a sample of each ten seconds. */
const HOUR_MS = 3_600_000;

export const access = signal<Access>("loading");
export const overview = signal<Overview | null>(null);
export const chains = signal<Chain[]>([]);
/** The last hour of the process that answers, oldest first. */
export const hour = signal<readonly HourSample[]>([]);
export const troubles = computed(() => findTroubles(overview.value, chains.value, access.value === "lost"));

export const health = computed(() => {
  if (access.value === "lost") return "lost";
  return troubles.value.length ? "trouble" : "well";
});

/** Ask again and again while the page is visible; each request waits for the answer before it. */
export async function watchServer(): Promise<never> {
  for (;;) {
    if (!paused.value && document.visibilityState === "visible") await refresh();
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

export async function refresh(): Promise<void> {
  try {
    const [figures, followed] = await Promise.all([
      ask<Overview>(`/api/admin/overview?since=${hour.value.at(-1)?.at ?? 0}`),
      ask<{ chains: Chain[] }>("/api/admin/chains"),
    ]);
    overview.value = figures;
    chains.value = followed.chains;
    if (figures.hour?.length) hour.value = joined(hour.value, figures.hour);
    access.value = "open";
  } catch (error) {
    if (!(error instanceof ParlourError)) throw error;
    const refused: Record<string, Access> = { unauthorized: "locked", forbidden: "forbidden" };
    access.value = refused[error.code] ?? "lost";
  }
}

/** Append what is new; what lies more than an hour before it is forgotten. */
export function joined(before: readonly HourSample[], more: readonly HourSample[]): HourSample[] {
  const newest = more.at(-1)?.at ?? 0;
  return [...before, ...more].filter(({ at }) => at > newest - HOUR_MS);
}
