import { useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Message } from "@parlour/client";
import { Avatar } from "@parlour/ui/avatar";
import { formatDay, formatTime } from "@parlour/ui/format";
import { SendIcon } from "@parlour/ui/icons";
import { nameOf } from "../account/names.js";
import { guest, me } from "../account/session.js";
import { listTyping } from "./typing.js";
import { ChainCardView } from "../chain/chain-card.js";
import { report } from "../shell/toast.js";
import { NoteView } from "./notes.js";
import type { OpenRoom, Unsent } from "../rooms/open-room.js";
import type { Talk } from "./timeline.js";

const EMOJI = ["👍", "❤️", "😂", "🎉"];
const LONGEST_TEXT = 4_000;

export function Conversation({ room }: { room: OpenRoom }) {
  const editing = useSignal<Message | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const items = room.timeline.value;
  const unsent = room.unsent.value;
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [items, unsent.length]);
  const onScroll = ({ currentTarget: box }: { currentTarget: HTMLDivElement }): void => {
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  };
  let day = "";
  return (
    <section class="conversation" aria-label="Conversation">
      <div
        class="timeline"
        ref={scroller}
        onScroll={onScroll}
        tabIndex={0}
        role="log"
        aria-live="polite"
        aria-label="What was said and what happened"
      >
        {room.hasMore.value && (
          <button class="link older" onClick={() => room.loadOlder().catch(report)}>
            Show what was before
          </button>
        )}
        {items.map((item) => {
          const date = formatDay(item.at);
          const divider = date !== day && <p class="day">{date}</p>;
          day = date;
          return (
            <div key={item.seq}>
              {divider}
              {item.kind === "talk" && (
                <TalkView talk={item} room={room} onEdit={(message) => (editing.value = message)} />
              )}
              {item.kind === "note" && <NoteView note={item} players={room.players.value} />}
              {item.kind === "chain" && <ChainCardView card={item} />}
            </div>
          );
        })}
        {unsent.map((one) => (
          <UnsentView key={one.id} unsent={one} room={room} />
        ))}
      </div>
      <p class="typing" aria-live="polite">
        {listTyping(room.typing.value.filter((account) => account !== me.value).map(nameOf))}
      </p>
      {room.ended.value ? (
        <p class="closed-note">This room is closed to you now.</p>
      ) : guest.value ? (
        <p class="closed-note">You are looking on as a guest. Sign in to take part.</p>
      ) : (
        <Composer room={room} editing={editing.value} onEdit={(message) => (editing.value = message)} />
      )}
    </section>
  );
}

function TalkView({ talk, room, onEdit }: { talk: Talk; room: OpenRoom; onEdit: (message: Message) => void }) {
  return (
    <article class={talk.author === me.value ? "talk mine" : "talk"}>
      <Avatar account={talk.author} />
      <p class="byline">
        <strong>{nameOf(talk.author)}</strong>
        <time dateTime={new Date(talk.at).toISOString()}>{formatTime(talk.at)}</time>
      </p>
      {talk.messages.map((message) => (
        <MessageView key={message.seq} message={message} room={room} onEdit={onEdit} />
      ))}
    </article>
  );
}

function MessageView({
  message,
  room,
  onEdit,
}: {
  message: Message;
  room: OpenRoom;
  onEdit: (message: Message) => void;
}) {
  const mine = message.author === me.value;
  if (message.deleted) return <p class="message deleted">This message was taken back.</p>;
  const toggle = (emoji: string): void => {
    const on = !message.reactions.get(emoji)?.includes(me.value);
    room.react(message.seq, emoji, on).catch(report);
  };
  return (
    <div class="message" tabIndex={-1}>
      <p class="text">
        {message.text}
        {message.edited && <span class="fine"> (edited)</span>}
      </p>
      {message.reactions.size > 0 && (
        <p class="reactions">
          {[...message.reactions].map(([emoji, accounts]) => (
            <button
              key={emoji}
              class="reaction"
              aria-pressed={accounts.includes(me.value)}
              disabled={!me.value}
              title={accounts.map(nameOf).join(", ")}
              onClick={() => toggle(emoji)}
            >
              {emoji} <span>{accounts.length}</span>
            </button>
          ))}
        </p>
      )}
      {me.value && (
        <div class="tools" role="group" aria-label="What to do with this message">
          {EMOJI.map((emoji) => (
            <button key={emoji} aria-label={`React with ${emoji}`} onClick={() => toggle(emoji)}>
              {emoji}
            </button>
          ))}
          {mine && <button onClick={() => onEdit(message)}>Edit</button>}
          {mine && <button onClick={() => room.remove(message.seq).catch(report)}>Delete</button>}
        </div>
      )}
    </div>
  );
}

function UnsentView({ unsent, room }: { unsent: Unsent; room: OpenRoom }) {
  return (
    <div class="talk mine unsent">
      <p class="text">{unsent.text}</p>
      {unsent.problem ? (
        <p class="fine">
          {unsent.problem}{" "}
          <button class="link" onClick={() => void room.say(unsent.text, unsent.id)}>
            Try again
          </button>
        </p>
      ) : (
        <p class="fine">Sending…</p>
      )}
    </div>
  );
}

interface ComposerProps {
  room: OpenRoom;
  editing: Message | null;
  onEdit: (message: Message | null) => void;
}

function Composer({ room, editing, onEdit }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (!field.current) return;
    field.current.value = editing?.text ?? "";
    grow(field.current);
    if (editing) field.current.focus();
  }, [editing]);
  const submit = (): void => {
    const text = field.current?.value.trim();
    if (!text || !field.current) return;
    if (editing) room.edit(editing.seq, text).catch(report);
    else void room.say(text);
    onEdit(null);
    field.current.value = "";
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
    if (field.current) grow(field.current);
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

/** As high as its text. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
