/** The room in the address bar: `#/<room>`, perhaps with an invitation or the message to show: `?invite=…&at=<seq>`. */
import { signal } from "@preact/signals";
import { uncover } from "../pane/pane.js";
import { addressOf, type Route } from "./address.js";
import { menuOpen } from "./menu.js";

/** The room of an address that names none. */
export const FIRST_ROOM = "lobby";

/** A new object for every wish to go somewhere, the same room included. */
export const route = signal<Route>(readRoute());

/** Follow the address bar from now on, and the service worker, when a notification was chosen. */
export function followAddress(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => (location.hash = data));
  window.addEventListener("hashchange", () => {
    menuOpen.value = false;
    uncover();
    route.value = readRoute();
  });
}

/** Go to a room, or try again where its address already stands. */
export function goTo(room: string, more: Omit<Route, "room"> = {}): void {
  menuOpen.value = false;
  uncover();
  const address = addressOf(room, more);
  if (location.hash === address) route.value = { room, ...more };
  else location.hash = address;
}

function readRoute(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const more = new URLSearchParams(query);
  const [invite, at] = [more.get("invite"), Number(more.get("at"))];
  return { room: decoded(path) || FIRST_ROOM, ...(invite && { invite }), ...(at > 0 && { at }) };
}

/** What is no percent-encoding (`100%`) is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
