import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { Hit } from "./hit.js";

/** The messages that wait for a moderator. */
export function Held({ room }: { room: OpenRoom }) {
  const held = room.messages.value.filter((message) => message.held);
  return (
    <section aria-labelledby="held-title">
      <h3 id="held-title">Waiting messages</h3>
      {held.length === 0 && <p class="fine">None. A rule or a word can make messages wait for you.</p>}
      <ul class="hits">
        {held.map(({ seq, author, at, text }) => (
          <Hit key={seq} author={author} at={at} text={text} onOpen={() => room.jump(seq).catch(report)}>
            <button class="outlined" onClick={() => room.room.releaseMessage(seq).catch(report)}>
              Release
            </button>
            <button class="link" onClick={() => room.room.remove(seq).catch(report)}>
              Refuse
            </button>
          </Hit>
        ))}
      </ul>
    </section>
  );
}
