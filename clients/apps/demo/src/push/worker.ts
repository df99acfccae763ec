/** The service worker of pushes: shows a notice as a notification, and what it is about when that is chosen. */
import type { KeptNotice } from "@parlour/client";
import { shortAccount } from "@parlour/ui/format";
import { addressOf } from "../shell/address.js";
import { saidBy } from "./said.js";

/** What the server pushes (protocol section 8 "Push"). */
type Pushed = Pick<KeptNotice, "id" | "room" | "seq" | "type" | "from"> & { text?: string };

interface OpenPage {
  url: string;
  focus: () => Promise<unknown>;
  postMessage: (value: string) => void;
}

interface WorkerEvent {
  waitUntil: (work: Promise<unknown>) => void;
}

/** What is used of a worker's global scope: TypeScript knows the one of pages or the one of workers, not both. */
declare const self: {
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll: (options: { type: "window"; includeUncontrolled: boolean }) => Promise<readonly OpenPage[]>;
    openWindow: (url: string) => Promise<unknown>;
  };
  addEventListener: {
    (type: "push", listener: (event: WorkerEvent & { data: { json: () => Pushed } | null }) => void): void;
    (type: "notificationclick", listener: (event: WorkerEvent & { notification: Notification }) => void): void;
  };
};

self.addEventListener("push", (event) => {
  const told = event.data?.json();
  if (!told) return;
  const who = told.from ? shortAccount(told.from) : "The server";
  const shown = { body: told.text ?? told.room, tag: told.id, data: told };
  event.waitUntil(self.registration.showNotification(`${who} ${saidBy(told.type)}`, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data as Pushed));
});

/** Show a message in a page that is open, else in a new one. */
async function show({ room, seq }: Pushed): Promise<void> {
  const page = new URL("../", self.registration.scope).href;
  const address = addressOf(room, { at: seq });
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find(({ url }) => url.split("#")[0] === page);
  if (!open) return void (await self.clients.openWindow(page + address));
  open.postMessage(address);
  await open.focus();
}
