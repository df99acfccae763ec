import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { ComponentChild } from "preact";
import { fileFacts } from "../files/facts.js";
import type { OpenRoom } from "../rooms/open-room.js";

/** `:name:`, as reactions and texts name an emoji of the room's own. */
const NAMED = /:([a-z0-9_+-]{1,32}):/g;

/** A text in which the room's own emoji are pictures; any other `:word:` stays as it was typed. */
export function withOwnEmoji(text: string, room: OpenRoom): ComponentChild {
  const own = room.info.value.rules?.emoji ?? {};
  const parts: ComponentChild[] = [];
  let end = 0;
  for (const { 0: whole, 1: name = "", index } of text.matchAll(NAMED)) {
    const hash = Object.hasOwn(own, name) ? own[name] : undefined;
    if (!hash) continue;
    parts.push(text.slice(end, index), <OwnEmoji key={index} room={room} name={name} hash={hash} />);
    end = index + whole.length;
  }
  return parts.length === 0 ? text : [...parts, text.slice(end)];
}

/** An emoji's picture, in a line of text; its name until the picture is there. */
function OwnEmoji({ room, name, hash }: { room: OpenRoom; name: string; hash: string }) {
  const url = useSignal("");
  useEffect(() => {
    fileFacts(room.room, hash).then(
      (facts) => (url.value = facts.url),
      () => (url.value = ""),
    );
  }, [hash]);
  if (!url.value) return <>{`:${name}:`}</>;
  return <img class="own-emoji" src={url.value} alt={`:${name}:`} title={`:${name}:`} />;
}
