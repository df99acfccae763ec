import { useLayoutEffect, useRef } from "preact/hooks";
import type { Message } from "@parlour/client";
import { SendIcon } from "@parlour/ui/icons";
import { me } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";
import type { Talk } from "./timeline.js";

/** Characters of a message, as the server has it. */
const LONGEST_TEXT = 4_000;

interface ComposerProps {
  room: OpenRoom;
  editing: Message | null;
  onEdit: (message: Message | null) => void;
}

/** The field a person writes in; the room keeps the draft. */
export function Composer({ room, editing, onEdit }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (!field.current) return;
    field.current.value = editing?.text ?? room.draft.peek();
    grow(field.current);
    if (editing) field.current.focus();
  }, [editing]);
  const submit = (): void => {
    const text = field.current?.value.trim();
    if (!text || !field.current) return;
    if (editing) void room.edit(editing.seq, text);
    else {
      room.draft.value = "";
      void room.say(text);
    }
    onEdit(null);
    field.current.value = room.draft.peek();
    grow(field.current);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape" && editing) onEdit(null);
    if (event.key === "ArrowUp" && field.current?.value === "") onEdit(lastOwn(room));
  };
  const onInput = (): void => {
    if (!field.current) return;
    grow(field.current);
    if (!editing) room.draft.value = field.current.value;
    room.noteTyping();
  };
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), submit())}>
      {editing && (
        <p class="fine">
          Changing a message. <kbd>Esc</kbd> leaves it as it was.
        </p>
      )}
      <label for="composer" class="hidden">
        Message
      </label>
      <textarea
        id="composer"
        ref={field}
        rows={1}
        maxLength={LONGEST_TEXT}
        placeholder={`Say something in ${room.title}`}
        onKeyDown={onKeyDown}
        onInput={onInput}
      />
      <button class="primary send" type="submit" title="Send">
        <SendIcon />
        <span class="hidden">Send</span>
      </button>
    </form>
  );
}

function lastOwn(room: OpenRoom): Message | null {
  const talks = room.timeline.value.filter((item): item is Talk => item.kind === "talk" && item.author === me.value);
  return talks.at(-1)?.messages.findLast(({ deleted }) => !deleted) ?? null;
}

/** Make the field as high as its text. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
