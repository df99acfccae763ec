import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Message } from "@parlour/client";
import type { OpenRoom } from "../rooms/open-room.js";
import { problem, report } from "../shell/toast.js";

const REASONS = { spam: "Spam", abuse: "Abuse", scam: "A scam", other: "Something else" } as const;
type Reason = keyof typeof REASONS;

/** Longest note, in characters: the server's most. */
const LONGEST_NOTE = 500;

/** Asks why a message is reported, and reports it; nobody in the room learns who did. */
export function ReportForm({ message, room, onClose }: { message: Message; room: OpenRoom; onClose: () => void }) {
  const first = useRef<HTMLSelectElement>(null);
  const reason = useSignal<Reason>("spam");
  const note = useSignal("");
  useEffect(() => first.current?.focus(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await room.room.report(message.seq, { reason: reason.value, ...(note.value && { note: note.value }) });
      problem.value = "Thank you. The moderators were told, and nobody else.";
      onClose();
    } catch (error) {
      report(error);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation(); // the log's arrow keys
    if (event.key === "Escape") onClose();
  };
  return (
    <form
      class="settings report-form"
      aria-label="Report this message"
      onSubmit={(event) => void submit(event)}
      onKeyDown={onKeyDown}
    >
      <label>
        <span>What is wrong with it?</span>
        <select
          ref={first}
          value={reason.value}
          onChange={({ currentTarget }) => (reason.value = currentTarget.value as Reason)}
        >
          {Object.entries(REASONS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>A word to the moderators, if you like</span>
        <input maxLength={LONGEST_NOTE} onInput={({ currentTarget }) => (note.value = currentTarget.value)} />
      </label>
      <div class="row">
        <button class="primary">Report it</button>
        <button class="link" type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
