import { useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Message } from "@parlour/client";
import { formatDay } from "@parlour/ui/format";
import { ChainCardView } from "../chain/chain-card.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { walkMessages } from "./log-keys.js";
import { TalkView, UnsentView } from "./message.js";
import { NoteView } from "./notes.js";
import type { Item } from "./timeline.js";
import { firstShown, ROWS } from "./window.js";

/** Pixels: nearer to the end the log follows it, nearer to its beginning it shows more. */
const NEAR = 60;

interface LogProps {
  room: OpenRoom;
  onEdit: (message: Message) => void;
}

/** The room's log: its last rows, and those before as one scrolls up to them. One tab stop; arrow keys lead on. */
export function Log({ room, onEdit }: LogProps) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  /** Pixels from the place that is read to the end, to be kept when rows are put before it. */
  const toEnd = useRef<number | null>(null);
  /** The seq of the first row shown; null follows the end. */
  const from = useSignal<number | null>(null);
  const items = room.timeline.value;
  const unsent = room.unsent.value;
  const first = firstShown(items, from.value);

  useLayoutEffect(() => {
    if (!box.current) return;
    if (toEnd.current !== null) box.current.scrollTop = box.current.scrollHeight - toEnd.current;
    else if (atEnd.current) box.current.scrollTop = box.current.scrollHeight;
    toEnd.current = null;
  }, [items, unsent.length, from.value]);

  const showBefore = (): void => {
    const all = room.timeline.peek();
    const now = firstShown(all, from.peek());
    if (now === 0 || !box.current) return;
    toEnd.current = box.current.scrollHeight - box.current.scrollTop;
    from.value = all[Math.max(0, now - ROWS)]!.seq;
  };
  const onScroll = ({ currentTarget }: { currentTarget: HTMLDivElement }): void => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
    if (atEnd.current) from.value = null;
    else if (scrollTop < NEAR) showBefore();
    else from.value ??= items[first]?.seq ?? null;
  };
  const loadOlder = async (): Promise<void> => {
    from.value ??= items[0]?.seq ?? null;
    atEnd.current = false;
    await room.loadOlder();
    showBefore();
  };
  return (
    <div
      class="timeline"
      ref={box}
      onScroll={onScroll}
      onKeyDown={walkMessages}
      tabIndex={0}
      role="log"
      aria-live="polite"
      aria-label="What was said and what happened"
    >
      {first === 0 && room.hasMore.value && (
        <button class="link older" onClick={() => loadOlder().catch(report)}>
          Show what was before
        </button>
      )}
      {items.slice(first).map((item, i, shown) => (
        <Row key={item.seq} item={item} before={shown[i - 1]} room={room} onEdit={onEdit} />
      ))}
      {unsent.map((one) => (
        <UnsentView key={one.id} unsent={one} room={room} />
      ))}
    </div>
  );
}

interface RowProps extends LogProps {
  item: Item;
  /** The row before, from which a new day is parted. */
  before: Item | undefined;
}

function Row({ item, before, room, onEdit }: RowProps) {
  const day = formatDay(item.at);
  return (
    <div>
      {(!before || formatDay(before.at) !== day) && <p class="day">{day}</p>}
      {item.kind === "talk" && <TalkView talk={item} room={room} onEdit={onEdit} />}
      {item.kind === "note" && <NoteView note={item} players={room.players.value} kind={room.room.info.kind} />}
      {item.kind === "chain" && <ChainCardView card={item} />}
    </div>
  );
}
