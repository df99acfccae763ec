import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { nameOf } from "../account/names.js";
import { guest, me } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { Composer } from "../composer/composer.js";
import { Log } from "./log.js";
import { listTyping } from "./typing.js";
import { Writing } from "../composer/writing.js";

/** Shows a room's log, who is typing, and the field to write in; files are dropped on it. A chain's room has no field. */
export function Conversation({ room }: { room: OpenRoom }) {
  const writing = useMemo(() => new Writing(room), [room]);
  const dropping = useSignal(false);
  const writes = !room.ended.value && !guest.value;
  const over = (event: DragEvent): void => {
    if (!writes || !room.takesFiles.peek() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    dropping.value = true;
  };
  const drop = (event: DragEvent): void => {
    if (!dropping.peek()) return;
    event.preventDefault();
    dropping.value = false;
    writing.attachments.add(event.dataTransfer?.files ?? []);
  };
  return (
    <section
      class={dropping.value ? "conversation dropping" : "conversation"}
      aria-label="Conversation"
      onDragOver={over}
      onDragLeave={() => (dropping.value = false)}
      onDrop={drop}
    >
      <div role="status">
        {room.announced.value && (
          <p class="announcement">
            <span>{room.announced.value}</span>
            <button onClick={() => (room.announced.value = "")}>Close</button>
          </p>
        )}
      </div>
      <Log room={room} writing={writing} />
      <p class="typing" aria-live="polite">
        {listTyping(room.typing.value.filter((account) => account !== me.value).map(nameOf))}
      </p>
      {room.ended.value ? (
        <p class="closed-note">{describeEnd(room.ended.value.reason)}</p>
      ) : room.room.info.kind === "chain" ? null : guest.value ? (
        <p class="closed-note">You are looking on as a guest. Sign in to take part.</p>
      ) : (
        <Composer
          writing={writing}
          draft={room.draft}
          id="composer"
          label="Message"
          placeholder={room.id.startsWith("dm:") ? `Write to ${room.title}` : `Say something in ${room.title}`}
        />
      )}
    </section>
  );
}

/** Say why a room is no longer open to me. */
function describeEnd(reason: string | null): string {
  if (reason === "kicked") return "You were put out of this room.";
  if (reason === "banned") return "You are banned from this room.";
  return "This room is closed to you now.";
}
