/** The place in the log that is read: a message or note, and how far below the log's upper edge it ends. */
export interface Place {
  seq: string;
  bottom: number;
}

/** Find the first message or note in view. */
export function placeOf(box: HTMLElement): Place | null {
  const top = box.getBoundingClientRect().top;
  for (const element of box.querySelectorAll<HTMLElement>("[data-seq], [data-note]")) {
    const bottom = element.getBoundingClientRect().bottom - top;
    if (bottom > 0) return { seq: element.dataset.seq ?? element.dataset.note!, bottom };
  }
  return null;
}

/** Scroll so that the place is where it was, whatever was drawn or taken away above it. */
export function holdPlace(box: HTMLElement, { seq, bottom }: Place): void {
  const element = box.querySelector(`[data-seq="${seq}"], [data-note="${seq}"]`);
  if (!element) return;
  const moved = element.getBoundingClientRect().bottom - box.getBoundingClientRect().top - bottom;
  if (moved !== 0) box.scrollTop += moved;
}
