/** The console's data: one answer a second from GET /api/admin/overview, and rates computed from two of them. */
import { computed, signal } from "@preact/signals";
import { resumeSession } from "@parlour/client";
import { serverAt } from "@parlour/ui/server";

export interface ConnectionRow {
  id: string;
  account: string;
  transport: string;
  remote: string;
  rooms: string[];
  since: number;
}

export interface RoomRow {
  id: string;
  kind: string;
  title: string | null;
  owner: string;
  members: number;
  connections: number;
  head: number;
  live: boolean;
}

export interface Overview {
  server: { name: string; version: string; uptimeMs: number };
  connections: ConnectionRow[];
  rooms: RoomRow[];
  metrics: Record<string, number>;
}

/** `locked`: no sign-in (401); `forbidden`: signed in without a server role (403); `lost`: no answer. */
export type Access = "loading" | "open" | "locked" | "forbidden" | "lost";

export interface Sample {
  at: number;
  metrics: Record<string, number>;
}

const EVERY_MS = 1_000;
const KEPT_SAMPLES = 121;
const base = serverAt(location, "admin/");
/** The session of the demo page on the same origin; undefined until it is there. */
let token: string | undefined;

export const access = signal<Access>("loading");
export const overview = signal<Overview | null>(null);
export const samples = signal<Sample[]>([]);
export const paused = signal(false);
export const updatedAt = signal(0);

/** Compute how much a counter grew per second between each two samples. */
export function rates(of: readonly Sample[], metric: string): number[] {
  return of.slice(1).map((sample, i) => {
    const before = of[i]!;
    const seconds = (sample.at - before.at) / 1_000;
    return seconds > 0 ? Math.max(0, ((sample.metrics[metric] ?? 0) - (before.metrics[metric] ?? 0)) / seconds) : 0;
  });
}

export function levels(of: readonly Sample[], metric: string): number[] {
  return of.map((sample) => sample.metrics[metric] ?? 0);
}

export const history = {
  requests: computed(() => rates(samples.value, "requests")),
  entries: computed(() => rates(samples.value, "entries")),
  connections: computed(() => levels(samples.value, "connections")),
  memory: computed(() => levels(samples.value, "residentBytes")),
};

/** Ask once a second while the page is visible; each request waits for the answer before it. */
export async function poll(): Promise<never> {
  for (;;) {
    if (!paused.value && document.visibilityState === "visible") await refresh();
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

export async function refresh(): Promise<void> {
  try {
    token ??= (await resumeSession(base ? { url: base } : {}))?.token;
    const headers: HeadersInit = token ? { Authorization: `Bearer ${token}` } : {};
    const answer = await fetch(`${base}/api/admin/overview`, { headers });
    if (answer.status === 401) {
      access.value = "locked";
      token = undefined;
    } else if (answer.status === 403) access.value = "forbidden";
    else if (answer.ok) take((await answer.json()) as Overview);
    else access.value = "lost";
  } catch {
    access.value = "lost";
  }
}

function take(answer: Overview): void {
  access.value = "open";
  overview.value = answer;
  updatedAt.value = Date.now();
  samples.value = [...samples.value, { at: performance.now(), metrics: answer.metrics }].slice(-KEPT_SAMPLES);
}
