import { signal } from "@preact/signals";
import { refresh } from "../data/server.js";
import { leave, me } from "../data/session.js";
import { GROUPS, PAGES } from "./catalog.js";
import { hrefOf, route } from "./router.js";

/** Whether the navigation is open; it always shows where there is room for it. */
export const navOpen = signal(false);

/** The pages in their groups, at the left; on a phone behind the menu. */
export function Nav() {
  const { page } = route.value;
  return (
    <nav class={navOpen.value ? "nav open" : "nav"} aria-label="Pages" onClick={() => (navOpen.value = false)}>
      {GROUPS.map((group) => (
        <div key={group}>
          <h2 id={`group-${group}`}>{group}</h2>
          <ul aria-labelledby={`group-${group}`}>
            {PAGES.filter((entry) => entry.group === group).map(({ name, title }) => (
              <li key={name}>
                <a href={hrefOf(name)} {...(page === name && { "aria-current": "page" as const })}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {me.value && (
        <button class="quiet" onClick={() => void leave().then(refresh)}>
          Sign out
        </button>
      )}
    </nav>
  );
}
