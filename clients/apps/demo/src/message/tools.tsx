import { emojiForm, type Message } from "@parlour/client";
import { me } from "../account/session.js";
import { showPane } from "../pane/pane.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { addressOf } from "../shell/address.js";
import { problem, report } from "../shell/toast.js";
import type { Writing } from "../composer/writing.js";

const EMOJI = ["👍", "❤️", "😂", "🎉"];

interface ToolsProps {
  message: Message;
  room: OpenRoom;
  writing: Writing;
  onReport: () => void;
}

/** What can be done with a message: by everybody, by its author, by the room's moderators. */
export function Tools({ message, room, writing, onReport }: ToolsProps) {
  const { seq, author, reactions, thread, pinned, held } = message;
  const mine = author === me.value;
  const moderates = room.moderates.value;
  const toggle = (emoji: string): void => {
    const alike = [...reactions].find(([known]) => emojiForm(known) === emojiForm(emoji));
    room.react(seq, emoji, !alike?.[1].includes(me.value)).catch(report);
  };
  const tool = (label: string, act: () => unknown) => (
    <button tabIndex={-1} onClick={() => void Promise.resolve(act()).catch(report)}>
      {label}
    </button>
  );
  return (
    <div class="tools" role="group" aria-label="What to do with this message">
      {EMOJI.map((emoji) => (
        <button key={emoji} tabIndex={-1} aria-label={`React with ${emoji}`} onClick={() => toggle(emoji)}>
          {emoji}
        </button>
      ))}
      {tool("Reply", () => writing.answer(message))}
      {thread === null && tool("Thread", () => showPane({ kind: "thread", root: seq }))}
      {tool("Copy link", () => copyLink(room.room.id, seq))}
      {mine && tool("Edit", () => writing.change(message))}
      {(mine || moderates) && tool("Delete", () => room.room.remove(seq))}
      {moderates && held && tool("Release", () => room.room.releaseMessage(seq))}
      {moderates && !held && tool(pinned ? "Unpin" : "Pin", () => room.room.pin(seq, !pinned))}
      {!mine && tool("Report", onReport)}
    </div>
  );
}

/** Copy the address at which this page shows a message. */
async function copyLink(room: string, seq: number): Promise<void> {
  await navigator.clipboard.writeText(new URL(addressOf(room, { at: seq }), location.href).href);
  problem.value = "Copied.";
}
