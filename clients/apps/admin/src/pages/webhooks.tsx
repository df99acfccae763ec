import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { useLoad } from "../data/load.js";
import type { Webhook } from "../data/types.js";
import { Card, Facts } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import { hrefOf } from "../shell/router.js";

const EVERY_MS = 5_000;

/** The receivers of entries: what waits for each, and what it did not take. */
export function Webhooks() {
  const load = useLoad<{ webhooks: Webhook[] }>("/api/admin/webhooks", EVERY_MS);
  return (
    <Page
      title="Webhooks"
      load={load}
      isEmpty={({ webhooks }) => webhooks.length === 0}
      lesson="No receiver is set. PARLOUR_WEBHOOKS names those that are sent every entry, signed and in order."
    >
      {({ webhooks }) => webhooks.map((hook) => <Receiver key={hook.name} hook={hook} />)}
    </Page>
  );
}

function Receiver({ hook }: { hook: Webhook }) {
  return (
    <Card title={hook.name}>
      <Facts
        of={{
          To: hook.url,
          Rooms: hook.rooms,
          Types: hook.types.join(", ") || "all",
          "Sent from here": hook.sending ? "yes" : "no, another process sends",
          "Rooms that wait": hook.waiting.toLocaleString(),
          "Given up": hook.parked.length.toLocaleString(),
        }}
      />
      <Actions acts={[replayOf(hook.name)]} />
      {hook.parked.length > 0 && (
        <ul class="lines">
          {hook.parked.map(({ room, seq, at, error }) => (
            <li key={`${room} ${seq}`}>
              <a href={hrefOf("rooms", room, { tab: "Tail", seq: String(seq) })}>
                {room} {seq}
              </a>
              <span class="fault">{error}</span>
              <When at={at} />
              <Actions acts={[retryOf(hook.name, room, seq)]} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** Return the act that posts one parked entry again. */
export function retryOf(hook: string, room: string, seq: number): Act {
  return {
    name: "Retry",
    text: `Posts entry ${seq} of ${room} to ${hook} once more, now. Later entries may have gone before it.`,
    path: pathOf(hook, "retry"),
    body: { room, seq },
    done: `${hook} took entry ${seq} of ${room}.`,
  };
}

/** Return the act that sends a room's entries again. */
export function replayOf(hook: string): Act {
  return {
    name: "Replay",
    text: "Sends a room's entries again, in order, from one on. What the receiver had before comes twice, with the same ids.",
    path: pathOf(hook, "replay"),
    fields: [
      { name: "room", label: "The room's id" },
      { name: "seq", label: "From entry number", type: "number", value: "1" },
    ],
    toBody: ({ room, seq }) => ({ room, seq: Number(seq) }),
    done: "The entries are sent again.",
  };
}

function pathOf(hook: string, act: string): string {
  return `/api/admin/webhooks/${encodeURIComponent(hook)}/${act}`;
}
