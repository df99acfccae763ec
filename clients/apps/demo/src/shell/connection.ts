/** The page's one connection: made for a session or a guest, closed with them. */
import { computed, effect, signal } from "@preact/signals";
import { connect, type Client, type ParlourError, type StatusChange } from "@parlour/client";
import { forget, guest, session } from "../account/session.js";
import { problem } from "./toast.js";

export const client = signal<Client | null>(null);
export const status = signal<StatusChange>({ status: "connecting" });

const token = computed(() => session.value?.token);
const inside = computed(() => token.value !== undefined || guest.value);

/** Connect while there is a session or a guest. */
export function followSession(): void {
  effect(() => {
    if (!inside.value) return;
    const mine = open(token.value);
    return () => close(mine);
  });
}

function open(withToken: string | undefined): Client {
  const mine = connect(withToken === undefined ? {} : { token: withToken });
  status.value = { status: "connecting" };
  client.value = mine;
  mine.onStatus((change) => {
    if (client.peek() !== mine) return;
    status.value = change;
    if (change.status === "closed" && change.reason !== "closed") turnedAway(mine.error);
  });
  return mine;
}

function close(mine: Client): void {
  client.value = null;
  mine.close();
}

function turnedAway(error: ParlourError | undefined): void {
  const asGuest = guest.peek();
  forget();
  problem.value = asGuest ? "This house admits no guests: sign in first." : (error?.message ?? "You were signed out.");
}
