import type { KeptNotice, ListedRoom } from "@parlour/client";
import { formatDay, formatTime } from "@parlour/ui/format";
import { nameOf, titleOfRoom } from "../account/names.js";
import { saidBy } from "../push/said.js";
import { askSoon, mine, notices } from "../rooms/mine.js";
import { client } from "../shell/connection.js";
import { goTo } from "../shell/router.js";
import { report } from "../shell/toast.js";

/** What I have not read: requests of strangers, rooms with news, and what I was told. */
export function Inbox() {
  const requests = mine.value.filter(({ request }) => request);
  const news = mine.value.filter(
    ({ request, unread = 0, mentions = 0, threads = 0 }) => !request && unread + mentions + threads,
  );
  const [newest] = notices.value;
  const readAll = async (): Promise<void> => {
    if (newest) await client.peek()?.readNotices(newest.id);
    askSoon();
  };
  if (requests.length + news.length + notices.value.length === 0)
    return (
      <p class="fine">
        All is read. Mentions, replies, invitations and direct messages come here. Write to somebody: choose their name
        anywhere on the page.
      </p>
    );
  return (
    <>
      {requests.length > 0 && (
        <section aria-labelledby="requests-title">
          <h3 id="requests-title">They want to write to you</h3>
          <ul class="hits">
            {requests.map((room) => (
              <Request key={room.id} room={room} />
            ))}
          </ul>
        </section>
      )}
      {news.length > 0 && (
        <section aria-labelledby="news-title">
          <h3 id="news-title">Rooms with news</h3>
          <ul class="hits">
            {news.map((room) => (
              <News key={room.id} room={room} />
            ))}
          </ul>
        </section>
      )}
      {notices.value.length > 0 && (
        <section aria-labelledby="told-title">
          <h3 id="told-title">What you were told</h3>
          {notices.value.some(({ read }) => !read) && (
            <button class="link" onClick={() => readAll().catch(report)}>
              Mark all as read
            </button>
          )}
          <ul class="hits">
            {notices.value.map((notice) => (
              <Told key={notice.id} notice={notice} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Request({ room }: { room: ListedRoom }) {
  const answer = async (accept: boolean): Promise<void> => {
    await client.peek()?.answerDm(room.id, accept);
    askSoon();
    if (accept) goTo(room.id);
  };
  return (
    <li class="hit">
      <p>{titleOfRoom(room)}</p>
      <p class="hit-text fine">{room.last?.text}</p>
      <button class="outlined" onClick={() => answer(true).catch(report)}>
        Accept
      </button>
      <button class="link" onClick={() => answer(false).catch(report)}>
        Decline
      </button>
    </li>
  );
}

function News({ room }: { room: ListedRoom }) {
  const { unread = 0, more, mentions = 0, threads = 0 } = room;
  const counts = [
    unread > 0 && `${unread}${more ? "+" : ""} new`,
    mentions > 0 && `${mentions} for you`,
    threads > 0 && `${threads === 1 ? "1 thread" : `${threads} threads`}`,
  ].filter(Boolean);
  return (
    <li class="hit">
      <button class="hit-link" onClick={() => goTo(room.id)}>
        <span>{titleOfRoom(room)}</span> <span class="fine">{counts.join(", ")}</span>
        {room.last && (
          <span class="hit-text fine">
            {nameOf(room.last.author)}: {room.last.text}
          </span>
        )}
      </button>
    </li>
  );
}

function Told({ notice: { room, seq, type, from, at, read, invite } }: { notice: KeptNotice }) {
  const known = mine.value.find(({ id }) => id === room);
  return (
    <li class={read ? "hit" : "hit unread"}>
      <button class="hit-link" onClick={() => goTo(room, invite ? { invite } : { at: seq })}>
        <span>
          {from ? nameOf(from) : "The server"} {saidBy(type)}
        </span>
        <span class="fine">
          {" "}
          {known ? titleOfRoom(known) : room} · {formatDay(at)} {formatTime(at)}
        </span>
      </button>
    </li>
  );
}
