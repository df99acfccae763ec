/** The page of a finished match, `/replay/<room>#<entry>`: plays it from its log, and checks the log here. */
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { createSession, type Account } from "@parlour/client";
import { formatTime } from "@parlour/ui/format";
import { serverAt } from "@parlour/ui/server";
import { applyTheme } from "@parlour/ui/theme";
import { describeEntry } from "../chat/notes.js";
import { Tree } from "../games/any/tree.js";
import { frameAt, readReplay, type Replay } from "./replay-lines.js";
import { verifyReplay, type Verdict } from "./verify.js";
import "./replay.css";

/** Milliseconds from one state to the next while it plays. */
const PACE_MS = 700;

const shown = signal<{ replay: Replay; verdict: Verdict } | string>("Reading the match…");

applyTheme();
render(<ReplayPage />, document.getElementById("app")!);
void open(decodeURIComponent(location.pathname.split("/").at(-1)!));

async function open(room: string): Promise<void> {
  try {
    const replay = readReplay(await fetched(room));
    document.title = `${replay.head.title || room} · Parlour`;
    shown.value = { replay, verdict: verifyReplay(replay) };
  } catch (error) {
    shown.value = error instanceof Error ? error.message : "The match could not be read.";
  }
}

async function fetched(room: string): Promise<string> {
  const base = serverAt(location, "replay/");
  const session = createSession(base ? { url: base } : {});
  await session.resume(); // who is signed in in this tab reads the matches of private rooms
  const token = await session.token();
  const headers: HeadersInit = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${base}/api/rooms/${encodeURIComponent(room)}/replay`, { headers });
  const text = await answer.text();
  if (answer.ok) return text;
  const said = JSON.parse(text) as { error?: { message?: string } };
  throw new Error(said.error?.message ?? "The server did not answer.");
}

function ReplayPage() {
  const now = shown.value;
  if (typeof now === "string")
    return (
      <main class="replay">
        <p role="status">{now}</p>
        <a href="../">To the rooms</a>
      </main>
    );
  return <Match {...now} from={Number(location.hash.slice(1)) || 0} />;
}

function Match({ replay, verdict, from }: { replay: Replay; verdict: Verdict; from: number }) {
  const { head, frames, entries } = replay;
  const first = entries[0]?.seq ?? 1;
  const at = useSignal(Math.min(Math.max(from || first, first), head.head));
  const playing = useSignal(false);
  useEffect(() => {
    if (!playing.value) return undefined;
    const next = frames.find(({ seq }) => seq > at.value);
    if (!next) return void (playing.value = false);
    const timer = setTimeout(() => (at.value = next.seq), PACE_MS);
    return () => clearTimeout(timer);
  }, [playing.value, at.value]);
  const { now, before } = frameAt(frames, at.value);
  const entry = entries.find(({ seq }) => seq === at.value);
  const players = ((now?.state as { players?: (Account | null)[] } | null)?.players ?? []) as (Account | null)[];
  return (
    <main class="replay">
      <h1>{head.title || head.room}</h1>
      <p class={verdict.holds ? "proved" : "disproved"} role="status">
        {verdict.holds ? "Checked in this page: " : "This is not the match as it was played: "}
        {verdict.words}
      </p>
      {verdict.holds && (
        <>
          <div class="time-row">
            <button onClick={() => (playing.value = !playing.value)}>{playing.value ? "Pause" : "Play"}</button>
            <input
              type="range"
              aria-label="Entry of the log"
              min={first}
              max={head.head}
              value={at.value}
              onInput={({ currentTarget }) => {
                playing.value = false;
                at.value = currentTarget.valueAsNumber;
              }}
            />
            <Share at={at.value} />
          </div>
          <p class="fine">
            Entry {at.value} of {head.head}
            {entry && `, ${formatTime(entry.at)}: ${describeEntry(entry, players, head.kind)}`}
          </p>
          <Tree label="State" now={now?.state} before={before?.state} />
        </>
      )}
      <a href="../">To the rooms</a>
    </main>
  );
}

/** Copies a link to the moment that is shown. */
function Share({ at }: { at: number }) {
  const copied = useSignal(false);
  const copy = (): void => {
    const address = new URL(`#${at}`, location.href);
    void navigator.clipboard.writeText(address.href).then(() => (copied.value = true));
  };
  return (
    <button class="quiet" onClick={copy}>
      {copied.value ? "Copied" : "Share this moment"}
    </button>
  );
}
