import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useComputed, useSignal } from "@preact/signals";
import { formatDay } from "@parlour/ui/format";
import { me } from "../account/session.js";
import { ChainCardView } from "../chain/chain-card.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { walkMessages } from "./log-keys.js";
import { TalkView, UnsentView } from "../message/message.js";
import { NoteView } from "./notes.js";
import { holdPlace, placeOf, type Place } from "./place.js";
import { firstUnread, timelineOf, type Item } from "./timeline.js";
import { rowAfter, rowBefore, ROWS, windowFrom } from "./window.js";
import type { Writing } from "../composer/writing.js";

/** Pixels: nearer to an end of what is drawn the log draws what comes there, nearer to its own end it follows it. */
const NEAR = 60;

interface LogProps {
  room: OpenRoom;
  writing: Writing;
}

/** The room's log: the rows around what is read, however long it is. One tab stop; arrow keys lead on. */
export function Log({ room, writing }: LogProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const atEnd = useSignal(true);
  /** What is read, and whether the focus is in the log, before it is drawn anew. */
  const read = useRef<{ place: Place | null; focused: boolean }>({ place: null, focused: false });
  /** The seq of the first row drawn; null follows the end. */
  const from = useSignal<number | null>(null);
  const items = timelineOf(room).value;
  const unsent = room.unsent.value;
  const { first, end } = windowFrom(items, from.value);
  const unread = useComputed(() => firstUnread(timelineOf(room).value, room.readBefore.value, me.value)).value;
  /** Whether what is new begins above what is seen. */
  const lineAbove = useSignal(false);
  const lookForLine = (): void => {
    const line = box.current?.querySelector(".unread-line")?.getBoundingClientRect();
    const inView = line && line.bottom >= box.current!.getBoundingClientRect().top;
    lineAbove.value = line ? !inView : unread !== undefined && unread.seq < (items[first]?.seq ?? 0);
  };
  if (box.current) {
    // Here, and not in an effect: the rows are still as the reader sees them.
    const focused = box.current.contains(document.activeElement);
    read.current = { place: atEnd.peek() ? null : placeOf(box.current), focused };
  }
  useLayoutEffect(() => {
    if (!box.current) return;
    const { place, focused } = read.current;
    if (atEnd.peek()) box.current.scrollTop = box.current.scrollHeight;
    else if (place) holdPlace(box.current, place);
    if (focused && !box.current.contains(document.activeElement)) box.current.focus({ preventScroll: true });
    lookForLine();
  }, [items, unsent.length, first, end]);
  useEffect(() => {
    const markRead = (): void => void (atEnd.peek() && document.visibilityState === "visible" && room.markRead());
    markRead();
    document.addEventListener("visibilitychange", markRead);
    return () => document.removeEventListener("visibilitychange", markRead);
  }, [items, atEnd.value]);
  useEffect(() => {
    // A file that was looked up makes its row higher, and what opens beside the log makes all of them narrower.
    const follow = new ResizeObserver(() => {
      if (box.current && atEnd.peek()) box.current.scrollTop = box.current.scrollHeight;
    });
    for (const { current } of [box, rows]) if (current) follow.observe(current);
    return () => follow.disconnect();
  }, []);
  /** Draw the rows around one of them, and lead to an element there. */
  const showAround = (at: number, selector: string): void => {
    from.value = items[rowBefore(items, at, ROWS / 2)]?.seq ?? null;
    atEnd.value = false;
    requestAnimationFrame(() => {
      const found = box.current?.querySelector<HTMLElement>(selector);
      found?.scrollIntoView({ block: "center" });
      found?.focus({ preventScroll: true });
    });
  };
  const target = room.target.value;
  useEffect(() => {
    if (!target) return;
    const at = items.findLastIndex(({ seq }) => seq <= target.seq);
    showAround(Math.max(0, at), `[data-seq="${target.seq}"]`);
  }, [target]);

  const onScroll = ({ currentTarget }: { currentTarget: HTMLDivElement }): void => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    const nearEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    lookForLine();
    atEnd.value = nearEnd && end === items.length;
    if (atEnd.value) from.value = null;
    else if (nearEnd) from.value = items[rowAfter(items, first, ROWS)]!.seq;
    else if (scrollTop < NEAR && first > 0) from.value = items[rowBefore(items, first, ROWS)]!.seq;
    else from.value ??= items[first]?.seq ?? null;
  };
  const loadOlder = async (): Promise<void> => {
    box.current?.querySelector<HTMLElement>(".message")?.focus({ preventScroll: true });
    from.value ??= items[0]?.seq ?? null;
    atEnd.value = false;
    await room.loadOlder();
    const all = timelineOf(room).peek();
    from.value = all[rowBefore(all, windowFrom(all, from.peek()).first, ROWS)]?.seq ?? null;
  };
  const toNewest = (): void => {
    from.value = null;
    atEnd.value = true;
    requestAnimationFrame(() => box.current?.scrollTo({ top: box.current.scrollHeight }));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "End" || end === items.length) return walkMessages(event);
    event.preventDefault();
    const newest = items.at(-1)!;
    showAround(items.length - 1, `[data-seq="${newest.kind === "talk" ? newest.messages.at(-1)!.seq : newest.seq}"]`);
  };
  return (
    <div class="log-frame">
      <div
        class="timeline"
        ref={box}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        tabIndex={0}
        role="log"
        aria-live="polite"
        aria-label="What was said and what happened"
      >
        <div class="rows" ref={rows}>
          {items.length === 0 && unsent.length === 0 && (
            <p class="empty">Nothing was said here yet. Say the first word.</p>
          )}
          {(first > 0 || room.hasMore.value) && (
            <button class="link older" tabIndex={-1} disabled={first > 0} onClick={() => loadOlder().catch(report)}>
              Show what was before
            </button>
          )}
          {items.slice(first, end).map((item, i, shown) => (
            <Row
              key={item.seq}
              item={item}
              before={shown[i - 1]}
              isNew={item === unread}
              room={room}
              writing={writing}
            />
          ))}
          {end === items.length && unsent.map((one) => <UnsentView key={one.id} unsent={one} room={room} />)}
        </div>
      </div>
      <p class="jumps">
        {lineAbove.value && (
          <button class="jump" onClick={() => showAround(items.indexOf(unread!), ".unread-line")}>
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

/** Shows a row; it is drawn again only where it changed, however often the log does. */
function Row({ item, before, isNew, room, writing }: RowProps) {
  const day = formatDay(item.at);
  const newDay = !before || formatDay(before.at) !== day ? day : null;
  const players = item.kind === "note" ? room.players.value : null;
  return useMemo(
    () => (
      <div data-note={item.kind === "talk" ? undefined : item.seq}>
        {newDay !== null && <p class="day">{newDay}</p>}
        {isNew && <p class="unread-line">New</p>}
        {item.kind === "talk" && <TalkView {...item} room={room} writing={writing} />}
        {item.kind === "note" && <NoteView note={item} players={players!} kind={room.room.info.kind} />}
        {item.kind === "chain" && <ChainCardView card={item} />}
      </div>
    ),
    [item, newDay, isNew, players, room, writing],
  );
}
