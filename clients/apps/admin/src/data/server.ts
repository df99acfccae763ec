/** What every page shows of the server: its figures, and its health in a word. */
import { computed, signal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { ask } from "./api.js";
import { follow, isTold, listen } from "./live.js";
import { resting } from "./paused.js";
import { findTroubles, LOST } from "./trouble.js";
import type { Chain, HourSample, Overview, Webhook } from "./types.js";

/** `locked`: nobody is signed in; `forbidden`: signed in without a server role. */
export type Access = "loading" | "open" | "locked" | "forbidden" | "lost";

const EVERY_MS = 2_000;
/** Nobody tells of webhooks by itself; what they gave up waits for hours. */
const WEBHOOKS_EVERY_MS = 30_000;
/** An hour: the server keeps a sample of each ten seconds. */
const HOUR_MS = 3_600_000;

export const access = signal<Access>("loading");
export const overview = signal<Overview | null>(null);
export const chains = signal<Chain[]>([]);
/** The last hour of the process that answers, oldest first. */
export const hour = signal<readonly HourSample[]>([]);
const webhooks = signal<Webhook[]>([]);
export const troubles = computed(() =>
  access.value === "lost" ? [LOST] : findTroubles(overview.value, hour.value, chains.value, webhooks.value),
);

export const health = computed(() => {
  if (access.value === "lost") return "lost";
  return troubles.value.length ? "trouble" : "well";
});

/** Be told what changes, and ask again and again for as long as the server does not tell, while the page is visible. */
export async function watchServer(): Promise<never> {
  follow("overview", takeOverview);
  follow("chains", (told: { chains: Chain[] }) => (chains.value = told.chains));
  let askedAt = 0;
  for (;;) {
    if (!resting.value && access.value === "open" && Date.now() - askedAt > WEBHOOKS_EVERY_MS) {
      askedAt = Date.now();
      void refreshWebhooks();
    }
    if (!resting.value && !isTold()) {
      await refresh();
      if (access.value === "open") await listen().catch(reportError);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** Ask what webhooks gave up; where that cannot be had, it stays as it was. */
export async function refreshWebhooks(): Promise<void> {
  const answer = await ask<{ webhooks: Webhook[] }>("/api/admin/webhooks").catch(() => undefined);
  if (answer) webhooks.value = answer.webhooks;
}

/** Show an overview that the server told: its samples are the newest ones, and more are asked for where some are missing. */
export function takeOverview(told: Overview): void {
  const [last, first] = [hour.value.at(-1)?.at ?? 0, told.hour?.[0]?.at ?? 0];
  if (first > last) void refresh();
  else show(told);
}

export async function refresh(): Promise<void> {
  try {
    const [figures, followed] = await Promise.all([
      ask<Overview>(`/api/admin/overview?since=${hour.value.at(-1)?.at ?? 0}`),
      ask<{ chains: Chain[] }>("/api/admin/chains"),
    ]);
    show(figures);
    chains.value = followed.chains;
    access.value = "open";
  } catch (error) {
    if (!(error instanceof ParlourError)) throw error;
    const refused: Record<string, Access> = { unauthorized: "locked", forbidden: "forbidden" };
    access.value = refused[error.code] ?? "lost";
  }
}

function show(figures: Overview): void {
  overview.value = figures;
  if (figures.hour?.length) hour.value = joined(hour.value, figures.hour);
}

/** Append what is new; what lies more than an hour before it is forgotten. */
export function joined(before: readonly HourSample[], more: readonly HourSample[]): HourSample[] {
  const [last, newest] = [before.at(-1)?.at ?? 0, more.at(-1)?.at ?? 0];
  return [...before, ...more.filter(({ at }) => at > last)].filter(({ at }) => at > newest - HOUR_MS);
}
