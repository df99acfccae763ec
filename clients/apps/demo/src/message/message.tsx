import { useSignal } from "@preact/signals";
import type { Account, Message } from "@parlour/client";
import { formatTime } from "@parlour/ui/format";
import { Face } from "../account/face.js";
import { nameOf, withAddress } from "../account/names.js";
import { me } from "../account/session.js";
import { FileCard } from "../files/file-card.js";
import { showPane, showPerson } from "../pane/pane.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import type { Writing } from "../composer/writing.js";
import type { Unsent } from "../chat/kept.js";
import { AppText } from "./app-text.js";
import { CardView } from "./card.js";
import { ReportForm } from "./report-form.js";
import { withOwnEmoji } from "../text/own-emoji.js";
import { RichText } from "../text/rich-text.js";
import { Tools } from "./tools.js";

interface TalkProps {
  author: Account;
  at: number;
  messages: readonly Message[];
  room: OpenRoom;
  writing: Writing;
}

/** Shows the messages one author wrote without a long pause. */
export function TalkView({ author, at, messages, room, writing }: TalkProps) {
  return (
    <article class={author === me.value ? "talk mine" : "talk"}>
      <Face account={author} />
      <p class="byline">
        <button class="author" tabIndex={-1} title={author} onClick={() => showPerson(author)}>
          {nameOf(author)}
        </button>
        <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
      </p>
      {messages.map((message) => (
        <MessageView key={message.seq} message={message} room={room} writing={writing} />
      ))}
    </article>
  );
}

interface MessageProps {
  message: Message;
  room: OpenRoom;
  writing: Writing;
}

/** Shows a message and what can be done with it; the log's arrow keys lead here, Tab does not. */
function MessageView({ message, room, writing }: MessageProps) {
  const reporting = useSignal(false);
  const { seq, replies, replyTo } = message;
  if (message.deleted)
    return (
      <div class="message deleted" tabIndex={-1} data-seq={seq}>
        <p>This message was taken back.</p>
        {writing.thread === null && <ThreadLink message={message} />}
      </div>
    );
  return (
    <div class={message.mentions.includes(me.value) ? "message to-me" : "message"} tabIndex={-1} data-seq={seq}>
      {replyTo !== null && <Answered of={replyTo} room={room} />}
      {message.held && (
        <p class="fine held">{message.text ? "Waits for a moderator." : "A message that waits for a moderator."}</p>
      )}
      <div class="text">
        {message.app && <AppText {...message.app} />}
        <RichText text={message.text} mentions={message.mentions} room={room} />
        {message.edited && <span class="fine"> (edited)</span>}
      </div>
      {message.files.map((hash) => (
        <FileCard key={hash} room={room.room} hash={hash} />
      ))}
      {message.card && <CardView card={message.card} client={room.client} />}
      <Reactions message={message} room={room} />
      {replies && writing.thread === null && <ThreadLink message={message} />}
      {message.pinned && <p class="fine">Pinned</p>}
      {me.value && <Tools message={message} room={room} writing={writing} onReport={() => (reporting.value = true)} />}
      {reporting.value && <ReportForm message={message} room={room} onClose={() => (reporting.value = false)} />}
    </div>
  );
}

/** The message that one answers, in a line. */
function Answered({ of, room }: { of: number; room: OpenRoom }) {
  const answered = room.messages.value.find(({ seq }) => seq === of);
  return (
    <button class="answered" tabIndex={-1} onClick={() => room.jump(of).catch(report)}>
      <span class="hidden">In answer to </span>
      {answered ? (
        <>
          <strong title={answered.author}>{nameOf(answered.author)}</strong>{" "}
          {answered.text || "a message that is not shown"}
        </>
      ) : (
        "an earlier message"
      )}
    </button>
  );
}

/** Opens the thread that a message began. */
function ThreadLink({ message: { seq, replies } }: { message: Message }) {
  if (!replies) return null;
  return (
    <button class="link thread-link" tabIndex={-1} onClick={() => showPane({ kind: "thread", root: seq })}>
      {replies.count === 1 ? "1 reply" : `${replies.count} replies`}
      <span class="fine"> last at {formatTime(replies.last.at)}</span>
    </button>
  );
}

function Reactions({ message: { seq, reactions }, room }: { message: Message; room: OpenRoom }) {
  if (reactions.size === 0) return null;
  return (
    <p class="reactions">
      {[...reactions].map(([emoji, accounts]) => (
        <button
          key={emoji}
          tabIndex={-1}
          class="reaction"
          aria-pressed={accounts.includes(me.value)}
          disabled={!me.value}
          title={accounts.map(withAddress).join(", ")}
          onClick={() => room.react(seq, emoji, !accounts.includes(me.value)).catch(report)}
        >
          {withOwnEmoji(emoji, room)} <span>{accounts.length}</span>
        </button>
      ))}
    </p>
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
