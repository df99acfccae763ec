import { useSignal } from "@preact/signals";
import type { Message } from "@parlour/client";
import { nameOf } from "../account/names.js";
import { guest, me } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { Composer } from "./composer.js";
import { Log } from "./log.js";
import { listTyping } from "./typing.js";

/** Shows a room's log, who is typing, and the field to write in. */
export function Conversation({ room }: { room: OpenRoom }) {
  const editing = useSignal<Message | null>(null);
  const edit = (message: Message | null): void => void (editing.value = message);
  return (
    <section class="conversation" aria-label="Conversation">
      <Log room={room} onEdit={edit} />
      <p class="typing" aria-live="polite">
        {listTyping(room.typing.value.filter((account) => account !== me.value).map(nameOf))}
      </p>
      {room.ended.value ? (
        <p class="closed-note">This room is closed to you now.</p>
      ) : guest.value ? (
        <p class="closed-note">You are looking on as a guest. Sign in to take part.</p>
      ) : (
        <Composer room={room} editing={editing.value} onEdit={edit} />
      )}
    </section>
  );
}
