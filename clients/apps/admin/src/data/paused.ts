import { computed, signal } from "@preact/signals";

/** Whether what is shown stays as it is. */
export const paused = signal(false);

const visible = signal(isVisible());
/** Whether nobody looks, or wants what is shown to stay: then the server is asked for nothing by itself. */
export const resting = computed(() => paused.value || !visible.value);

globalThis.document?.addEventListener("visibilitychange", () => (visible.value = isVisible()));

function isVisible(): boolean {
  return globalThis.document?.visibilityState === "visible";
}
