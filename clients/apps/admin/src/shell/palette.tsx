import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { toggleTheme } from "@parlour/ui/theme";
import { paused } from "../data/paused.js";
import { overview } from "../data/server.js";
import { PAGES } from "./catalog.js";
import { hrefOf } from "./router.js";

interface Choice {
  text: string;
  hint: string;
  run: () => void;
}

const MOST = 12;
/** Apart, because the types of JSX let an input be a combobox with a `list` alone. */
const COMBOBOX: object = { role: "combobox" };
const open = signal(false);

export function openPalette(): void {
  open.value = true;
}

/** Open the palette with ⌘K or Ctrl-K, wherever the focus is. */
export function usePaletteKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      open.value = !open.value;
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

export function Palette() {
  return open.value ? <Searching /> : null;
}

/** A search over pages, rooms, addresses and acts; the arrow keys walk its answers (ARIA "combobox" pattern). */
function Searching() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [words, at] = [useSignal(""), useSignal(0)];
  // Before the next key is heard, so that what is typed right after ⌘K arrives here.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const found = choicesFor(words.value).slice(0, MOST);
  const chosen = Math.min(at.value, found.length - 1);
  const take = (choice: Choice | undefined): void => {
    if (!choice) return;
    open.value = false;
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at.value = (chosen + step + found.length) % Math.max(1, found.length);
    else if (event.key === "Enter") take(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} class="card palette" aria-label="Go to" onClose={() => (open.value = false)}>
      <input
        type="search"
        {...COMBOBOX}
        aria-label="Go to a page, room or person"
        aria-expanded="true"
        aria-controls="palette-list"
        {...(found[chosen] && { "aria-activedescendant": `choice-${chosen}` })}
        placeholder="A page, a room's id or title, an address"
        autocomplete="off"
        value={words.value}
        onInput={({ currentTarget }) => ((words.value = currentTarget.value), (at.value = 0))}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label="Answers">
        {found.map((choice, i) => (
          <li
            key={choice.text + choice.hint}
            id={`choice-${i}`}
            role="option"
            aria-selected={i === chosen}
            onClick={() => take(choice)}
          >
            <span>{choice.text}</span>
            <span class="muted">{choice.hint}</span>
          </li>
        ))}
      </ul>
    </dialog>
  );
}

function choicesFor(text: string): Choice[] {
  const words = text.trim();
  const go =
    (page: string, id = "", query = {}) =>
    () =>
      void (location.hash = hrefOf(page, id, query));
  const pages = PAGES.map(({ name, title, group }) => ({ text: title, hint: group, run: go(name) }));
  const acts = [
    { text: "Light or dark", hint: "Console", run: toggleTheme },
    { text: paused.value ? "Go on" : "Pause", hint: "Console", run: () => void (paused.value = !paused.value) },
  ];
  const rooms = (overview.value?.rooms ?? []).map(({ id, title }) => ({
    text: title || id,
    hint: title ? `Room ${id}` : "Room",
    run: go("rooms", id),
  }));
  const fits = (choice: Choice): boolean => `${choice.text} ${choice.hint}`.toLowerCase().includes(words.toLowerCase());
  const known = [...pages, ...(words ? rooms : []), ...acts].filter(fits);
  if (!words) return known;
  const named = /0x[0-9a-fA-F]{40}$|^app:/.test(words)
    ? [{ text: words, hint: "Person", run: go("people", words) }]
    : [
        { text: `Rooms with “${words}”`, hint: "Search", run: go("rooms", "", { query: words }) },
        { text: `Room ${words}`, hint: "By its id", run: go("rooms", words) },
      ];
  return [...known, ...named];
}
