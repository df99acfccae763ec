import type { Account } from "@parlour/client";
import { formatTime } from "@parlour/ui/format";
import { describeEntry } from "../../chat/notes.js";
import type { Past } from "./past.js";

interface SliderProps {
  past: Past;
  /** The newest entry there is. */
  head: number;
  kind: string;
  players: readonly (Account | null)[];
}

/** Leads through the log: to any entry, a step on or back, by itself, and back to now. */
export function TimeSlider({ past, head, kind, players }: SliderProps) {
  const at = past.at.value;
  const moment = past.moment.value;
  const entry = moment?.seq === at ? moment?.entry : undefined;
  const words = entry ? describeEntry(entry, players, kind) : "";
  return (
    <section class="time" aria-label="Time">
      <div class="time-row">
        <button class="quiet" aria-label="One step back" title="One step back" onClick={() => step(past, -1)}>
          ‹
        </button>
        {past.playing.value ? (
          <button class="quiet" onClick={() => past.pause()}>
            Pause
          </button>
        ) : (
          <button class="quiet" onClick={() => past.play()}>
            Play
          </button>
        )}
        <button
          class="quiet"
          aria-label="One step on"
          title="One step on"
          disabled={at === null}
          onClick={() => step(past, 1)}
        >
          ›
        </button>
        <input
          type="range"
          aria-label="Entry of the log"
          aria-valuetext={at === null ? "Now" : `Entry ${at} of ${head}. ${words}`}
          min={past.first.value}
          max={Math.max(past.first.value, head)}
          value={at ?? head}
          onInput={({ currentTarget }) => {
            past.pause();
            past.go(currentTarget.valueAsNumber);
          }}
        />
      </div>
      <div class="time-row">
        <p class="time-told" role="status">
          {at === null ? (
            <span class="fine">Now, entry {head}</span>
          ) : (
            <>
              <span class="fine">
                Entry {at} of {head}
                {entry && `, ${formatTime(entry.at)}`}
              </span>{" "}
              {past.problem.value || words}
            </>
          )}
        </p>
        <button class="quiet" disabled={at === null} onClick={() => past.live()}>
          Back to now
        </button>
      </div>
    </section>
  );
}

function step(past: Past, by: 1 | -1): void {
  past.pause();
  void past.step(by);
}
