import { useSignal } from "@preact/signals";
import { tell } from "../acts/toast.js";
import { download } from "../data/download.js";

/** A button that saves what a path answers. */
export function Download({ path, file, children }: { path: string; file: string; children: string }) {
  const busy = useSignal(false);
  const save = async (): Promise<void> => {
    busy.value = true;
    try {
      await download(path, file);
    } catch (error) {
      tell((error as Error).message);
    } finally {
      busy.value = false;
    }
  };
  return (
    <button class="outlined" disabled={busy.value} onClick={() => void save()}>
      {children}
    </button>
  );
}
