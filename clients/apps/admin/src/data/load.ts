/** What a page shows comes from one path: loading, there, refused; asked again as often as the page wishes. */
import { useEffect } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { ask } from "./api.js";
import { resting } from "./paused.js";

/** Grows with everything that is changed from this page, so that whatever shows it is loaded again. */
export const changes = signal(0);

export interface Load<Data> {
  /** What was answered last; kept while it is asked for again. */
  data: Data | undefined;
  /** Why the last try failed; undefined once one succeeds. */
  error: ParlourError | undefined;
  reload: () => void;
}

interface Kept<Data> {
  path: string;
  data: Data | undefined;
  error: ParlourError | undefined;
}

/** Load a path, again every so many milliseconds while the page is visible and nobody paused; 0: once. */
export function useLoad<Data>(path: string, everyMs = 0): Load<Data> {
  const kept = useSignal<Kept<Data>>({ path: "", data: undefined, error: undefined });
  const again = useSignal(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const run = async (): Promise<void> => {
      if (kept.peek().path === "" || !resting.peek()) {
        const next = await answerTo<Data>(path);
        if (over) return;
        const before = kept.peek();
        kept.value = { path, data: next.data ?? (before.path === path ? before.data : undefined), error: next.error };
      }
      if (everyMs && !over) timer = setTimeout(() => void run(), everyMs);
    };
    void run();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [path, everyMs, again.value, changes.value]);
  const { data, error } = kept.value.path === path ? kept.value : { data: undefined, error: undefined };
  return { data, error, reload: () => (again.value += 1) };
}

async function answerTo<Data>(path: string): Promise<{ data?: Data; error: ParlourError | undefined }> {
  try {
    return { data: await ask<Data>(path), error: undefined };
  } catch (error) {
    if (error instanceof ParlourError) return { error };
    throw error;
  }
}
