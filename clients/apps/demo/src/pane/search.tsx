import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Account, RoomId } from "@parlour/client";
import type { OpenRoom } from "../rooms/open-room.js";
import { goTo } from "../shell/router.js";
import { report } from "../shell/toast.js";
import { Hit } from "./hit.js";

interface Found {
  room: RoomId;
  seq: number;
  author: Account;
  at: number;
  text: string;
  /** Whether it is the text of a document. */
  written: boolean;
}

interface Page {
  found: readonly Found[];
  cursor: string | null;
}

/** Finds messages and documents by their words, in this room or in all of mine. */
export function Search({ room }: { room: OpenRoom }) {
  const field = useRef<HTMLInputElement>(null);
  const everywhere = useSignal(false);
  const page = useSignal<Page | null>(null);
  const busy = useSignal(false);
  useEffect(() => field.current?.focus(), []);
  const look = async (cursor: string | null): Promise<void> => {
    const words = field.current?.value.trim();
    if (!words || busy.peek()) return;
    busy.value = true;
    try {
      const next = await find(room, words, everywhere.value, cursor);
      page.value = { ...next, found: [...(cursor ? (page.value?.found ?? []) : []), ...next.found] };
    } finally {
      busy.value = false;
    }
  };
  const open = (found: Found): void => {
    if (found.written) goTo(found.room);
    else if (found.room === room.id) void room.jump(found.seq).catch(report);
    else goTo(found.room, { at: found.seq });
  };
  return (
    <>
      <form class="find" role="search" onSubmit={(event) => (event.preventDefault(), look(null).catch(report))}>
        <label>
          <span class="hidden">Words to look for</span>
          <input ref={field} type="search" placeholder="Words, or parts of words" maxLength={100} />
        </label>
        <label>
          <input type="checkbox" onChange={({ currentTarget }) => (everywhere.value = currentTarget.checked)} /> in all
          my rooms
        </label>
        <button class="outlined" aria-disabled={busy.value}>
          Search
        </button>
      </form>
      <p class="fine" role="status">
        {page.value?.found.length === 0 ? "Nothing was found. Fewer or shorter words find more." : ""}
      </p>
      <ul class="hits">
        {page.value?.found.map((found) => (
          <Hit
            key={`${found.room} ${found.seq}`}
            {...found}
            {...(found.room !== room.id && { place: found.room })}
            onOpen={() => open(found)}
          />
        ))}
      </ul>
      {page.value?.cursor && (
        <button class="link" aria-disabled={busy.value} onClick={() => look(page.value!.cursor).catch(report)}>
          Show more
        </button>
      )}
    </>
  );
}

async function find(room: OpenRoom, words: string, everywhere: boolean, cursor: string | null): Promise<Page> {
  const where = { ...(!everywhere && { rooms: [room.id] }), ...(cursor !== null && { cursor }) };
  const { found, cursor: next } = await room.client.search(words, where);
  const hits = found.map(({ room: id, entry: { seq, author, at, type }, snippet }) => {
    return { room: id, seq, author, at, text: snippet, written: type === "doc.update" };
  });
  return { found: hits, cursor: next };
}
