import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Message } from "@parlour/client";
import { appText } from "../message/app-text.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { Hit } from "./hit.js";

/** The pinned messages, the one pinned last first. */
export function Pins({ room }: { room: OpenRoom }) {
  const pins = useSignal<readonly Message[] | null>(null);
  const pinned = room.messages.value.filter((message) => message.pinned).length;
  useEffect(() => {
    room.room.pins().then((found) => (pins.value = found), report);
  }, [pinned]);
  if (pins.value === null) return <p class="fine">Looking…</p>;
  if (pins.value.length === 0)
    return <p class="fine">Nothing is pinned. Moderators pin what everybody should find: rules, links, decisions.</p>;
  return (
    <ul class="hits">
      {pins.value.map(({ seq, author, at, text, app }) => (
        <Hit
          key={seq}
          author={author}
          at={at}
          text={app ? appText(app.body) : text}
          onOpen={() => room.jump(seq).catch(report)}
        />
      ))}
    </ul>
  );
}
