import { useEffect, useMemo } from "preact/hooks";
import { useComputed, useSignal } from "@preact/signals";
import type { Message } from "@parlour/client";
import { me } from "../account/session.js";
import { Composer } from "../composer/composer.js";
import { TalkView } from "../message/message.js";
import { groupTalk } from "../chat/timeline.js";
import { Writing } from "../composer/writing.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";

/** A thread: the message that began it, its replies as they come, and a field to write in. */
export function ThreadView({ room, root }: { room: OpenRoom; root: number }) {
  const loaded = useSignal<readonly Message[]>([]);
  const more = useSignal(false);
  const draft = useSignal("");
  const writing = useMemo(() => new Writing(room, root), [room, root]);
  const load = async (after?: number): Promise<void> => {
    const page = await room.room.thread(root, after === undefined ? {} : { after });
    loaded.value = [...loaded.value, ...page.messages];
    more.value = page.more;
  };
  useEffect(() => void load().catch(report), [root]);
  const messages = useComputed(() => joined(loaded.value, room.messages.value, root)).value;
  return (
    <>
      <div class="thread" role="log" aria-label="Thread" tabIndex={0}>
        {groupTalk(messages).map((talk) => (
          <TalkView key={talk.seq} {...talk} room={room} writing={writing} />
        ))}
        {more.value && (
          <button class="link" onClick={() => load(loaded.value.at(-1)?.seq).catch(report)}>
            Show more replies
          </button>
        )}
        {messages.length === 1 && <p class="fine">No replies yet. What is said here does not fill the room.</p>}
      </div>
      {me.value && (
        <Composer
          writing={writing}
          draft={draft}
          id="thread-composer"
          label="Reply in the thread"
          placeholder="Reply"
        />
      )}
    </>
  );
}

/** The messages of a thread: those that were asked for, as the room knows them now, and those that came since. */
function joined(loaded: readonly Message[], now: readonly Message[], root: number): Message[] {
  const live = now.filter(({ seq, thread }) => seq === root || thread === root);
  const all = new Map([...loaded, ...live].map((message) => [message.seq, message]));
  return [...all.values()].sort((one, other) => one.seq - other.seq);
}
