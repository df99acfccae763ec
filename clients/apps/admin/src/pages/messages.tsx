import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { pathOf } from "../data/api.js";
import { useListing } from "../data/listing.js";
import type { FoundMessage } from "../data/types.js";
import { Account } from "../frame/account.js";
import { textOf } from "../frame/entry-text.js";
import { Card } from "../frame/facts.js";
import { Filter } from "../frame/filter.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import type { PageProps } from "../shell/props.js";
import { hrefOf } from "../shell/router.js";

/** Before a word is typed. */
const NOTHING = { data: [] as FoundMessage[], error: undefined, reload: () => undefined };

/** Search over the messages of all rooms but direct ones. */
export function Messages({ query }: PageProps) {
  const words = query["query"] ?? "";
  const load = useListing<FoundMessage>(words && pathOf("/api/admin/messages", { query: words }), "found");
  return (
    <Page
      title="Messages"
      load={words ? load : NOTHING}
      isEmpty={(found) => found.length === 0}
      lesson={
        words
          ? "No message holds all these words."
          : "Type words to find messages that hold them all. Direct rooms are never searched."
      }
      tools={<Filter label="Words of a message" />}
    >
      {(found) => (
        <>
          <Card title="Found">
            <ul class="lines">
              {found.map(({ room, entry }) => (
                <li key={`${room} ${entry.seq}`}>
                  <a href={hrefOf("rooms", room, { tab: "Tail", seq: String(entry.seq) })}>
                    {room} {entry.seq}
                  </a>
                  <Account account={entry.author} />
                  <span>{textOf(entry)}</span>
                  <When at={entry.at} />
                  {!entry.redacted && <Actions acts={[hiding(room, entry.seq)]} />}
                </li>
              ))}
            </ul>
          </Card>
          {load.partial && (
            <button class="outlined" onClick={load.more}>
              More
            </button>
          )}
        </>
      )}
    </Page>
  );
}

function hiding(room: string, seq: number): Act {
  return {
    name: "Delete",
    text: "Its text is gone for everybody, and the room sees that it was deleted.",
    path: `/api/admin/messages/${encodeURIComponent(room)}/${seq}/redact`,
    done: "The message is deleted.",
  };
}
