import { useComputed } from "@preact/signals";
import { formatDuration } from "@parlour/ui/format";
import { now } from "../data/now.js";

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A moment: how long ago it was, or how soon it is; the exact time in the tooltip and for machines. */
export function When({ at }: { at: number | null | undefined }) {
  const text = useComputed(() => sayWhen(at, now.value));
  if (!at) return <span class="muted">never</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={sayExactly(at)}>
      {text}
    </time>
  );
}

export function sayExactly(at: number): string {
  return exact.format(at);
}

/** Say a moment as seen from another: `3 min ago`, `in 2 h 5 min`, `now`. */
export function sayWhen(at: number | null | undefined, from: number): string {
  if (!at) return "never";
  if (Math.abs(from - at) < 1_000) return "now";
  return at > from ? `in ${formatDuration(at - from)}` : `${formatDuration(from - at)} ago`;
}
