import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { GameView } from "./game.js";

const HURRY_MS = 20_000;
const HOUR_MS = 3_600_000;

/** Shows a player's own time, which runs in that player's turns; hidden from screen readers, which would read every second. */
export function Clock({ view, seat }: { view: GameView & { clocks?: number[] }; seat: number }) {
  const now = useSignal(Date.now());
  const runs = view.status === "playing" && view.turn === seat && view.deadline !== null;
  useEffect(() => {
    if (!runs) return undefined;
    now.value = Date.now();
    const timer = setInterval(() => (now.value = Date.now()), 250);
    return () => clearInterval(timer);
  }, [runs, view.deadline]);
  const left = runs ? Math.max(0, view.deadline! - now.value) : view.clocks?.[seat];
  if (left === undefined || view.status === "waiting") return null;
  return (
    <small class={left < HURRY_MS && view.status === "playing" ? "clock hurry" : "clock"} aria-hidden="true">
      {timeLeft(left)}
    </small>
  );
}

/** Minutes and seconds; whole hours where there are more than two, as in a game that takes days. */
export function timeLeft(ms: number): string {
  if (ms > 2 * HOUR_MS) return `${Math.ceil(ms / HOUR_MS)} h`;
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
