import { useEffect, useRef } from "preact/hooks";

/** Act on single keys, except while a person writes or a dialog is open. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys); // what a page acts on may come after it is drawn first
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const at = event.target instanceof HTMLElement ? event.target : document.body;
      const busy = at.matches("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]");
      const act = latest.current[event.key.toLowerCase()];
      if (busy || !act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
