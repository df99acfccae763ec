import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useComputed, useSignal } from "@preact/signals";
import { formatDay } from "@parlour/ui/format";
import { me } from "../account/session.js";
import { ChainCardView } from "../chain/chain-card.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { walkMessages } from "./log-keys.js";
import { TalkView, UnsentView } from "./message.js";
import { NoteView } from "./notes.js";
import { firstUnread, timelineOf, type Item } from "./timeline.js";
import { firstShown, rowBefore, ROWS } from "./window.js";
import type { Writing } from "../composer/writing.js";

/** Pixels: nearer to the end the log follows it, nearer to its beginning it shows more. */
const NEAR = 60;

interface LogProps {
  room: OpenRoom;
  writing: Writing;
}

/** The room's log: its last rows, and those before as one scrolls up to them. One tab stop; arrow keys lead on. */
export function Log({ room, writing }: LogProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const atEnd = useSignal(true);
  /** Pixels from the place that is read to the end, to be kept when rows are put before it. */
  const toEnd = useRef<number | null>(null);
  /** The seq of the first row shown; null follows the end. */
  const from = useSignal<number | null>(null);
  const items = timelineOf(room).value;
  const unsent = room.unsent.value;
  const first = firstShown(items, from.value);
  const unread = useComputed(() => firstUnread(timelineOf(room).value, room.readBefore.value, me.value)).value;
  /** Whether what is new begins above what is shown. */
  const lineAbove = useSignal(false);
  const lookForLine = (): void => {
    const line = box.current?.querySelector(".unread-line")?.getBoundingClientRect();
    lineAbove.value = line !== undefined && line.bottom < box.current!.getBoundingClientRect().top;
  };
  const toLine = (): void => box.current?.querySelector(".unread-line")?.scrollIntoView({ block: "center" });

  useLayoutEffect(() => {
    if (!box.current) return;
    if (toEnd.current !== null) box.current.scrollTop = box.current.scrollHeight - toEnd.current;
    else if (atEnd.peek()) box.current.scrollTop = box.current.scrollHeight;
    toEnd.current = null;
    lookForLine();
  }, [items, unsent.length, from.value]);
  useEffect(() => {
    const read = (): void => void (atEnd.peek() && document.visibilityState === "visible" && room.markRead());
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [items, atEnd.value]);
  useEffect(() => {
    // A file that was looked up makes its row higher, and what opens beside the log makes all of them narrower.
    const follow = new ResizeObserver(() => {
      if (box.current && atEnd.peek()) box.current.scrollTop = box.current.scrollHeight;
    });
    for (const { current } of [box, rows]) if (current) follow.observe(current);
    return () => follow.disconnect();
  }, []);
  const target = room.target.value;
  useEffect(() => {
    if (!target) return;
    const at = Math.max(
      0,
      items.findLastIndex(({ seq }) => seq <= target.seq),
    );
    from.value = items[rowBefore(items, at, ROWS / 2)]?.seq ?? null;
    atEnd.value = false;
    requestAnimationFrame(() => {
      const found = box.current?.querySelector<HTMLElement>(`[data-seq="${target.seq}"]`);
      found?.scrollIntoView({ block: "center" });
      found?.focus({ preventScroll: true });
    });
  }, [target]);

  const showBefore = (): void => {
    const all = timelineOf(room).peek();
    const now = firstShown(all, from.peek());
    if (now === 0 || !box.current) return;
    toEnd.current = box.current.scrollHeight - box.current.scrollTop;
    from.value = all[rowBefore(all, now, ROWS)]!.seq;
  };
  const onScroll = ({ currentTarget }: { currentTarget: HTMLDivElement }): void => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    lookForLine();
    atEnd.value = scrollHeight - scrollTop - clientHeight < NEAR;
    if (atEnd.value) from.value = null;
    else if (scrollTop < NEAR) showBefore();
    else from.value ??= items[first]?.seq ?? null;
  };
  const loadOlder = async (): Promise<void> => {
    from.value ??= items[0]?.seq ?? null;
    atEnd.value = false;
    await room.loadOlder();
    showBefore();
  };
  const toNewest = (): void => {
    from.value = null;
    atEnd.value = true;
    requestAnimationFrame(() => box.current?.scrollTo({ top: box.current.scrollHeight }));
  };
  return (
    <div class="log-frame">
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
        <div class="rows" ref={rows}>
          {items.length === 0 && unsent.length === 0 && (
            <p class="empty">Nothing was said here yet. Say the first word.</p>
          )}
          {first === 0 && room.hasMore.value && (
            <button class="link older" onClick={() => loadOlder().catch(report)}>
              Show what was before
            </button>
          )}
          {items.slice(first).map((item, i, shown) => (
            <Row
              key={item.seq}
              item={item}
              before={shown[i - 1]}
              isNew={item === unread}
              room={room}
              writing={writing}
            />
          ))}
          {unsent.map((one) => (
            <UnsentView key={one.id} unsent={one} room={room} />
          ))}
        </div>
      </div>
      <p class="jumps">
        {lineAbove.value && (
          <button class="jump" onClick={toLine}>
            To what is new
          </button>
        )}
        {!atEnd.value && (
          <button class="jump" onClick={toNewest}>
            To the newest
          </button>
        )}
      </p>
    </div>
  );
}

interface RowProps extends LogProps {
  item: Item;
  /** The row before, from which a new day is parted. */
  before: Item | undefined;
  /** Whether what was not read yet begins here. */
  isNew: boolean;
}

function Row({ item, before, isNew, room, writing }: RowProps) {
  const day = formatDay(item.at);
  return (
    <div>
      {(!before || formatDay(before.at) !== day) && <p class="day">{day}</p>}
      {isNew && <p class="unread-line">New</p>}
      {item.kind === "talk" && <TalkView {...item} room={room} writing={writing} />}
      {item.kind === "note" && <NoteView note={item} players={room.players.value} kind={room.room.info.kind} />}
      {item.kind === "chain" && <ChainCardView card={item} />}
    </div>
  );
}
