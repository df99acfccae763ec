import { useLayoutEffect, useRef } from "preact/hooks";
import { rooms } from "../rooms/directory.js";
import { active } from "../rooms/open-rooms.js";
import { goTo } from "./router.js";

const KEYS: [keys: string, what: string][] = [
  ["/", "Write a message"],
  ["B", "To the board"],
  ["Arrows, Enter", "Choose a cell and take it, or steer"],
  ["1 – 9", "Take a cell at once, in tic-tac-toe"],
  ["E 4", "To that square of a chess board"],
  ["R", "Turn a ship around, while placing"],
  ["↑", "Change your last message, in an empty line"],
  ["↑ ↓ → ←", "From message to message, and to what can be done with one"],
  ["[  ]", "The room before, the room after"],
  ["?", "These keys"],
];

/** Acts on the page's keys, except while a person writes, and shows the card that lists them. */
export function Shortcuts() {
  const card = useRef<HTMLDialogElement>(null);
  // Before the first paint: a key pressed as soon as the page shows is heard.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const act = ACTIONS[event.key];
      if (event.key === "?") card.current?.showModal();
      else if (act) act();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <dialog ref={card} class="card keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button class="primary">Close</button>
      </form>
    </dialog>
  );
}

const ACTIONS: Record<string, () => void> = {
  "/": () => document.getElementById("composer")?.focus(),
  b: () => document.querySelector<HTMLElement>(".table [tabindex='0'], .any-table button")?.focus(),
  "[": () => step(-1),
  "]": () => step(1),
};

function step(by: number): void {
  const links = rooms.value;
  const at = links.findIndex(({ id }) => id === active.value?.id);
  const next = links[(at + by + links.length) % links.length];
  if (next) goTo(next.id);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
