/** The page's one connection: made for an account or a guest, closed with them. */
import { effect, signal } from "@preact/signals";
import { connect, type Client, type ParlourError, type StatusChange, type Welcome } from "@parlour/client";
import { guest, leave, me, sessions } from "../account/session.js";
import { base } from "./base.js";
import { problem } from "./toast.js";

export const client = signal<Client | null>(null);
export const status = signal<StatusChange>({ status: "connecting" });
/** What the server said last as it let this page in. */
export const greeting = signal<Welcome | null>(null);

/** Connect while there is an account or a guest; a session that is renewed keeps its connection. */
export function followSession(): void {
  effect(() => {
    const account = me.value;
    if (!account && !guest.value) return;
    const mine = connect({ ...(base && { url: base }), ...(account && { token: sessions }) });
    status.value = { status: "connecting" };
    client.value = mine;
    const off = mine.onStatus((change) => {
      status.value = change;
      greeting.value = mine.me.get();
      if (change.status === "closed") turnedAway(mine.error);
    });
    return () => {
      off();
      client.value = null;
      mine.close();
    };
  });
}

/** The server ended the connection for good: back to the welcome page. */
function turnedAway(error: ParlourError | undefined): void {
  const refused = guest.peek() ? "This server admits no guests: sign in first." : undefined;
  problem.value = refused ?? error?.message ?? "You were signed out.";
  leave().catch(() => undefined); // the server knows already
}
