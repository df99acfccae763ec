/** Which page is open, by the address: `#/<page>/<id>?name=value`. Every state worth sharing is in it. */
import { signal } from "@preact/signals";

export interface Route {
  page: string;
  /** What the page is about, as a room's id; empty for a list. */
  id: string;
  query: Readonly<Record<string, string>>;
}

export const FIRST_PAGE = "overview";

export const route = signal<Route>(readRoute(location.hash));

/** Follow the address bar from now on. */
export function followAddress(): void {
  window.addEventListener("hashchange", () => (route.value = readRoute(location.hash)));
}

/** Write the address of a page; what is empty in the query is left out. */
export function hrefOf(page: string, id = "", query: Readonly<Record<string, string>> = {}): string {
  const parts = Object.entries(query).filter(([, value]) => value !== "");
  const path = id ? `#/${page}/${encodeURIComponent(id)}` : `#/${page}`;
  return parts.length ? `${path}?${new URLSearchParams(parts)}` : path;
}

export function goTo(page: string, id = "", query: Readonly<Record<string, string>> = {}): void {
  location.hash = hrefOf(page, id, query);
}

/** Change parts of the open page's query, without a step in the history: filters are typed letter by letter. */
export function setQuery(change: Readonly<Record<string, string>>): void {
  const { page, id, query } = route.value;
  history.replaceState(null, "", hrefOf(page, id, { ...query, ...change }));
  route.value = readRoute(location.hash);
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [page = "", ...id] = path.split("/");
  return {
    page: page || FIRST_PAGE,
    id: decoded(id.join("/")),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** What is no percent-encoding (`100%`) is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
