/** What every page shows of the server: its figures, and its health in a word. */
import { computed, signal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { ask } from "./api.js";
import { paused } from "./paused.js";
import { findTroubles } from "./trouble.js";
import type { Chain, Overview } from "./types.js";

/** `locked`: nobody is signed in; `forbidden`: signed in without a server role. */
export type Access = "loading" | "open" | "locked" | "forbidden" | "lost";

export interface Sample {
  at: number;
  metrics: Record<string, number>;
}

const EVERY_MS = 2_000;
/** An hour of samples. */
const KEPT_SAMPLES = 1_800;

export const access = signal<Access>("loading");
export const overview = signal<Overview | null>(null);
export const chains = signal<Chain[]>([]);
export const samples = signal<Sample[]>([]);
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
      ask<Overview>("/api/admin/overview"),
      ask<{ chains: Chain[] }>("/api/admin/chains"),
    ]);
    overview.value = figures;
    chains.value = followed.chains;
    samples.value = [...samples.value, { at: Date.now(), metrics: figures.metrics }].slice(-KEPT_SAMPLES);
    access.value = "open";
  } catch (error) {
    if (!(error instanceof ParlourError)) throw error;
    const refused: Record<string, Access> = { unauthorized: "locked", forbidden: "forbidden" };
    access.value = refused[error.code] ?? "lost";
  }
}

/** Compute how much a counter grew per second between each two samples; never negative, after a restart. */
export function rates(of: readonly Sample[], metric: string): number[] {
  return of.map((sample, i) => {
    const before = of[i - 1];
    if (!before || sample.at <= before.at) return 0;
    const grown = (sample.metrics[metric] ?? 0) - (before.metrics[metric] ?? 0);
    return Math.max(0, (grown * 1_000) / (sample.at - before.at));
  });
}

export function levels(of: readonly Sample[], metric: string): number[] {
  return of.map((sample) => sample.metrics[metric] ?? 0);
}
