import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Signal } from "@preact/signals";
import { ClipIcon, SendIcon } from "@parlour/ui/icons";
import { nameOf } from "../account/names.js";
import { me } from "../account/session.js";
import { AttachmentList } from "../files/attachment-list.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { CompletionList, useCompletion } from "./completion-list.js";
import type { Writing } from "./writing.js";

/** UTF-16 units of a message: a little more than the server's 4,000 characters, which it counts as people do. */
const LONGEST_TEXT = 8_000;

interface ComposerProps {
  writing: Writing;
  /** What stands in the field while nothing is changed. */
  draft: Signal<string>;
  /** The id of the field; one page may show two. */
  id: string;
  label: string;
  placeholder: string;
}

/** The field a person writes in, with files, an answer, completions of names and emoji. */
export function Composer({ writing, draft, id, label, placeholder }: ComposerProps) {
  const { room, attachments } = writing;
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const editing = writing.editing.value;
  const answering = writing.answering.value;
  const write = (text: string, caret = text.length): void => {
    if (!field.current) return;
    field.current.value = text;
    field.current.setSelectionRange(caret, caret);
    if (!writing.editing.peek()) draft.value = text;
    grow(field.current);
  };
  const completion = useCompletion(field, room, (text, caret, choice) => {
    if (choice?.account) writing.chosen.set(choice.label, choice.account);
    write(text, caret);
  });
  useLayoutEffect(() => {
    write(editing?.text ?? draft.peek());
    if (editing) field.current?.focus();
  }, [editing]);
  useEffect(() => {
    if (answering) field.current?.focus();
  }, [answering]);

  const submit = (): void => {
    const text = field.current?.value.trim() ?? "";
    const wasEditing = writing.editing.peek() !== null;
    if (!writing.send(text)) return;
    if (!wasEditing) draft.value = "";
    write(draft.peek());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (completion.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape" && (editing || answering)) {
      event.stopPropagation();
      writing.leave();
    }
    if (event.key === "ArrowUp" && field.current?.value === "") writing.change(lastOwn(room, writing.thread));
  };
  const onInput = ({ isComposing }: InputEvent): void => {
    if (!field.current) return;
    grow(field.current);
    if (!editing) draft.value = field.current.value;
    completion.look(isComposing);
    room.noteTyping();
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    attachments.add(files);
  };
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), submit())}>
      <CompletionList completion={completion} />
      {editing && (
        <p class="fine">
          Changing a message. <kbd>Esc</kbd> leaves it as it was.
        </p>
      )}
      {answering && (
        <p class="fine answering">
          Answering {nameOf(answering.author)}: <q>{answering.text}</q>{" "}
          <button class="link" type="button" onClick={() => writing.leave()}>
            Do not
          </button>
        </p>
      )}
      <AttachmentList attachments={attachments} />
      {room.takesFiles.value && (
        <button class="quiet attach" type="button" title="Add files" onClick={() => picker.current?.click()}>
          <ClipIcon />
          <span class="hidden">Add files</span>
        </button>
      )}
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          attachments.add(currentTarget.files ?? []);
          currentTarget.value = "";
        }}
      />
      <label for={id} class="hidden">
        {label}
      </label>
      <textarea
        id={id}
        ref={field}
        rows={1}
        maxLength={LONGEST_TEXT}
        placeholder={placeholder}
        aria-autocomplete="list"
        aria-controls={completion.listId}
        aria-activedescendant={completion.active}
        onKeyDown={onKeyDown}
        onInput={onInput}
        onPaste={onPaste}
        onBlur={completion.close}
      />
      <button class="primary send" type="submit" title="Send" disabled={attachments.busy}>
        <SendIcon />
        <span class="hidden">Send</span>
      </button>
    </form>
  );
}

/** One's own last message of the room, or of a thread, that can be changed. */
function lastOwn(room: OpenRoom, thread: number | null) {
  const mine = (one: { author: string; deleted: boolean; thread: number | null }): boolean =>
    one.author === me.value && !one.deleted && one.thread === thread;
  return room.messages.value.findLast(mine) ?? null;
}

/** Make the field as high as its text. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
