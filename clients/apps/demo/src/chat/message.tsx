import { emojiForm, type Message } from "@parlour/client";
import { Avatar } from "@parlour/ui/avatar";
import { formatTime } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";
import { me } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import type { Unsent } from "./kept.js";
import type { Talk } from "./timeline.js";

const EMOJI = ["👍", "❤️", "😂", "🎉"];

/** Shows the messages one author wrote without a long pause. */
export function TalkView({ talk, room, onEdit }: { talk: Talk; room: OpenRoom; onEdit: (message: Message) => void }) {
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

interface MessageProps {
  message: Message;
  room: OpenRoom;
  onEdit: (message: Message) => void;
}

/** Shows a message and its buttons; the log's arrow keys lead here, Tab does not. */
function MessageView({ message, room, onEdit }: MessageProps) {
  const mine = message.author === me.value;
  if (message.deleted)
    return (
      <p class="message deleted" tabIndex={-1}>
        This message was taken back.
      </p>
    );
  const toggle = (emoji: string): void => {
    const alike = [...message.reactions].find(([known]) => emojiForm(known) === emojiForm(emoji));
    const on = !alike?.[1].includes(me.value);
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
              tabIndex={-1}
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
            <button key={emoji} tabIndex={-1} aria-label={`React with ${emoji}`} onClick={() => toggle(emoji)}>
              {emoji}
            </button>
          ))}
          {mine && (
            <button tabIndex={-1} onClick={() => onEdit(message)}>
              Edit
            </button>
          )}
          {mine && (
            <button tabIndex={-1} onClick={() => room.remove(message.seq).catch(report)}>
              Delete
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** Shows a message, or a change of one, that the room does not have yet. */
export function UnsentView({ unsent, room }: { unsent: Unsent; room: OpenRoom }) {
  const change = unsent.of !== undefined;
  return (
    <div class="talk mine unsent">
      <p class="text">{unsent.text}</p>
      {unsent.problem ? (
        <p class="fine">
          {unsent.problem}{" "}
          <button class="link" onClick={() => void room.send(unsent)}>
            Try again
          </button>{" "}
          <button class="link" onClick={() => room.giveUp(unsent.id)}>
            Discard
          </button>
        </p>
      ) : (
        <p class="fine">{change ? "Saving the change…" : "Sending…"}</p>
      )}
    </div>
  );
}
