/** The room in the address bar: `#/<room>`. */
import { signal } from "@preact/signals";
import { menuOpen } from "./menu.js";

export interface Route {
  room: string;
}

/** The room of an address that names none. */
export const FIRST_ROOM = "lobby";

/** A new object for every wish to go somewhere, the same room included. */
export const route = signal<Route>(readRoute());

/** Follow the address bar from now on. */
export function followAddress(): void {
  window.addEventListener("hashchange", () => {
    menuOpen.value = false;
    route.value = readRoute();
  });
}

/** Go to a room, or try again where its address already stands. */
export function goTo(room: string): void {
  menuOpen.value = false;
  if (readRoute().room === room) route.value = { room };
  else location.hash = `#/${encodeURIComponent(room)}`;
}

function readRoute(): Route {
  return { room: decoded(location.hash.replace(/^#\/?/, "")) || FIRST_ROOM };
}

/** What is no percent-encoding (`100%`) is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
