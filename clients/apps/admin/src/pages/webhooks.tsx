import { useSignal } from "@preact/signals";
import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { useLoad } from "../data/load.js";
import type { Webhook } from "../data/types.js";
import { Copy } from "../frame/copy.js";
import { Card, Facts } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import { hrefOf } from "../shell/router.js";

const ALL = "/api/admin/webhooks";
const EVERY_MS = 5_000;

/** The receivers of entries and news: what waits for each, and what it did not take. */
export function Webhooks() {
  const load = useLoad<{ webhooks: Webhook[] }>(ALL, EVERY_MS);
  const secret = useSignal("");
  const making = makingOf((text) => (secret.value = text));
  return (
    <Page title="Webhooks" load={load} tools={<Actions acts={[making]} />}>
      {({ webhooks }) => (
        <>
          {secret.value && (
            <p class="health well">
              <strong>Copy the secret now: it is not shown again.</strong> <code>{secret.value}</code>
              <Copy text={secret.value} what="the secret" />
            </p>
          )}
          {webhooks.length === 0 && (
            <p class="empty">
              No receiver yet. A service of yours that hears of what rooms store, signed and in order, is one: a search
              engine, a bot, an archive.
            </p>
          )}
          {webhooks.map((hook) => (
            <Receiver key={hook.name} hook={hook} />
          ))}
        </>
      )}
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
          "Set by": hook.setting ? "the settings" : "an operator",
          "Sent from here": hook.sending ? "yes" : "no, another process sends",
          "Rooms that wait": hook.waiting.toLocaleString(),
          "Given up": hook.parked.length.toLocaleString(),
        }}
      />
      <Actions
        acts={hook.setting ? [replayOf(hook.name)] : [replayOf(hook.name), changeOf(hook), deletionOf(hook.name)]}
      />
      {hook.parked.length > 0 && (
        <ul class="lines">
          {hook.parked.map(({ room, seq, at, error }) => (
            <li key={`${room} ${seq}`}>
              {room === null ? (
                <span>news {seq}</span>
              ) : (
                <a href={hrefOf("rooms", room, { tab: "Tail", seq: String(seq) })}>
                  {room} {seq}
                </a>
              )}
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

/** Return the act that makes a receiver; `told` is called with its secret. */
export function makingOf(told: (secret: string) => void): Act {
  return {
    name: "New receiver",
    text: "It is posted what rooms store from now on. It must be at a public address.",
    path: ALL,
    fields: [
      { name: "url", label: "Its address, https://…" },
      { name: "rooms", label: "Rooms: a pattern such as sales-*; * takes news too", value: "*" },
      {
        name: "types",
        label: "Types of entries and news, with spaces between them, such as chat.* account.*",
        value: "*",
      },
    ],
    toBody: toWebhook,
    done: "The receiver is made.",
    then: ({ secret }) => told(String(secret)),
  };
}

/** Return the act that changes a receiver that an operator made. */
export function changeOf({ name, rooms, types }: Webhook): Act {
  return {
    name: "Change",
    text: "The receiver goes on where it was.",
    path: pathOf(name),
    method: "PATCH",
    fields: [
      { name: "url", label: "A new address", optional: true },
      { name: "secret", label: "A new secret", optional: true },
      { name: "rooms", label: "Rooms", value: rooms },
      { name: "types", label: "Types of entries", value: types.join(" ") },
    ],
    toBody: toWebhook,
    done: `${name} is changed.`,
  };
}

/** Return the act that deletes a receiver that an operator made. */
export function deletionOf(name: string): Act {
  return {
    name: "Delete",
    text: "What waits for it and what it did not take is forgotten.",
    path: pathOf(name),
    method: "DELETE",
    typed: name,
    done: `${name} is deleted.`,
  };
}

function toWebhook({ types = "", ...rest }: Readonly<Record<string, string>>): Record<string, unknown> {
  return { ...rest, types: types.split(/\s+/).filter(Boolean) };
}

/** Return the act that posts one parked entry, or parked news (without a room), again. */
export function retryOf(hook: string, room: string | null, seq: number): Act {
  const what = room === null ? `news ${seq}` : `entry ${seq} of ${room}`;
  return {
    name: "Retry",
    text: `Posts ${what} to ${hook} once more, now. Later entries may have gone before it.`,
    path: pathOf(hook, "retry"),
    body: { room, seq },
    done: `${hook} took ${what}.`,
  };
}

/** Return the act that sends a room's entries again. */
export function replayOf(hook: string): Act {
  return {
    name: "Replay",
    text: "Sends a room's entries, or the news where no room is named, again, in order, from one on. What the receiver had before comes twice, with the same ids.",
    path: pathOf(hook, "replay"),
    fields: [
      { name: "room", label: "The room's id; nothing for news", optional: true },
      { name: "seq", label: "From entry number", type: "number", value: "1" },
    ],
    toBody: ({ room, seq }) => ({ room: room || null, seq: Number(seq) }),
    done: "The entries are sent again.",
  };
}

function pathOf(hook: string, act?: string): string {
  return [ALL, encodeURIComponent(hook), ...(act === undefined ? [] : [act])].join("/");
}
