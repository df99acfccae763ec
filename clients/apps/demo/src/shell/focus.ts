/** Keeps the focus in the page: who walks by keyboard goes on beside what was taken away, not from the top. */

/**
 * Follow the focus. Where what had it was removed or switched off and nothing else takes it, it goes to the nearest of
 * what stood around that may have it, else to the room. Answers the end of this.
 */
export function keepFocus(): () => void {
  let around: readonly Element[] = [];
  const follow = (event: FocusEvent): void => {
    around = event.composedPath().filter((each): each is Element => each instanceof Element);
  };
  const mend = (moved: boolean): void => {
    const [had] = around;
    if (!had || document.activeElement !== document.body || !(moved || isGone(had))) return;
    const places = [...around.filter((each) => !isGone(each)), document.getElementById("room")];
    const place = places.find((each) => each === had || each?.hasAttribute("tabindex"));
    (place as HTMLElement | null | undefined)?.focus({ preventScroll: true });
  };
  const watch = new MutationObserver((changes) => {
    // A list in another order takes its rows out and puts them in again, and the focus is gone.
    const moved = changes.some(({ removedNodes }) =>
      [...removedNodes].some((each) => each.contains(around[0] ?? null)),
    );
    // A frame later: what is drawn anew may take the focus itself, in an effect.
    requestAnimationFrame(() => setTimeout(mend, 0, moved));
  });
  document.addEventListener("focusin", follow);
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  return () => {
    document.removeEventListener("focusin", follow);
    watch.disconnect();
  };
}

/** Whether an element can have the focus no longer; one that was left by a click elsewhere is still there. */
function isGone(element: Element): boolean {
  return !element.isConnected || element.matches(":disabled");
}
