/** What stands beside the conversation. */
import { signal } from "@preact/signals";
import type { Account } from "@parlour/client";

export type Pane =
  | { kind: "thread"; root: number }
  | { kind: "search" | "pins" | "about" | "inbox" | "wallet" }
  | { kind: "person"; account: Account };

/** Null: who is here. */
export const pane = signal<Pane | null>(null);

export function showPane(next: Pane): void {
  pane.value = next;
}

export function showPerson(account: Account): void {
  pane.value = { kind: "person", account };
}

export function closePane(): void {
  pane.value = null;
}

/** Close what covers the whole conversation, as on a phone: something there is to be seen now. */
export function uncover(): void {
  if (matchMedia("(width < 720px)").matches) closePane();
}
