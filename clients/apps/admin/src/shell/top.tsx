import { MenuIcon, SearchIcon, ThemeIcon } from "@parlour/ui/icons";
import { toggleTheme } from "@parlour/ui/theme";
import { now } from "../data/now.js";
import { paused } from "../data/paused.js";
import { health, overview } from "../data/server.js";
import { PauseIcon, PlayIcon } from "../frame/icons.js";
import { navOpen } from "./nav.js";
import { openPalette } from "./palette.js";
import { Me } from "./me.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const KEYS = /Mac/.test(navigator.platform) ? "⌘K" : "Ctrl K";

/** The bar over every page: search, the server's health in a word, the time, who looks. */
export function Top() {
  const word = paused.value ? "paused" : health.value;
  return (
    <header class="top">
      <button
        class="quiet menu"
        aria-label="Pages"
        aria-expanded={navOpen.value}
        onClick={() => (navOpen.value = !navOpen.value)}
      >
        <MenuIcon />
      </button>
      <a class="wordmark" href="#/overview" title={overview.value ? `Version ${overview.value.server.version}` : ""}>
        Parlour
      </a>
      <button class="search" title="Go to a page, room or person" onClick={openPalette}>
        <SearchIcon />
        <span>Go to a page, room or person</span>
        <kbd>{KEYS}</kbd>
      </button>
      <span class={`pulse ${word === "well" ? "on" : word}`} role="status">
        {word}
      </span>
      <time class="clock">{clock.format(now.value)}</time>
      <button
        class="quiet"
        aria-pressed={paused.value}
        aria-label="Pause what is live"
        title="Pause (P)"
        onClick={() => (paused.value = !paused.value)}
      >
        {paused.value ? <PlayIcon /> : <PauseIcon />}
      </button>
      <button class="quiet" aria-label="Light or dark" title="Light or dark (T)" onClick={toggleTheme}>
        <ThemeIcon />
      </button>
      <Me />
    </header>
  );
}
