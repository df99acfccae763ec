import { useSignal } from "@preact/signals";
import type { LogEntry } from "../data/types.js";
import { tell } from "../acts/toast.js";
import { Account } from "../frame/account.js";
import { textOf } from "../frame/entry-text.js";
import { Card } from "../frame/facts.js";
import { When } from "../frame/when.js";
import { route } from "../shell/router.js";
import { useTail } from "./follow.js";

/** A room's log as it grows: the newest first, filtered, held still, copied. */
export function Tail({ room }: { room: string }) {
  const held = useSignal(false);
  const words = useSignal("");
  const { entries, fault } = useTail(room, held.value);
  const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = entries.filter((entry) => {
    const text = `${entry.type} ${entry.author} ${JSON.stringify(entry.body)}`.toLowerCase();
    return asked.every((word) => text.includes(word));
  });
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(JSON.stringify(shown, null, 2));
    tell(`${shown.length} entries are copied.`);
  };
  const tools = (
    <>
      <input
        type="search"
        data-key="/"
        aria-label="Filter by type, author or text"
        placeholder="Type, author or text"
        onInput={({ currentTarget }) => (words.value = currentTarget.value)}
      />
      <button class="outlined" aria-pressed={held.value} onClick={() => (held.value = !held.value)}>
        {held.value ? "Go on" : "Pause"}
      </button>
      <button class="outlined" onClick={() => void copy()} disabled={shown.length === 0}>
        Copy as JSON
      </button>
    </>
  );
  return (
    <Card title="Tail" tools={tools}>
      {fault && <p class="fault">{fault}</p>}
      {shown.length === 0 && <p class="muted">No entry like that yet; those that come appear here.</p>}
      <ol class="wire tail">
        {shown.toReversed().map((entry) => (
          <Line key={entry.seq} entry={entry} meant={route.value.query["seq"] === String(entry.seq)} />
        ))}
      </ol>
    </Card>
  );
}

function Line({ entry, meant }: { entry: LogEntry; meant: boolean }) {
  return (
    <li class={meant ? "meant" : ""}>
      <details open={meant}>
        <summary>
          <span class="number muted">{entry.seq}</span> <strong>{entry.type}</strong> <span>{textOf(entry)}</span>
        </summary>
        <p class="tools">
          <Account account={entry.author} />
          <When at={entry.at} />
        </p>
        <pre tabIndex={0}>{JSON.stringify(entry, null, 2)}</pre>
      </details>
    </li>
  );
}
