import { useSignal } from "@preact/signals";
import { CopyIcon, DoneIcon } from "./icons.js";

/** A button that copies a text, and says so for a moment. */
export function Copy({ text, what }: { text: string; what: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    copied.value = true;
    setTimeout(() => (copied.value = false), 1_500);
  };
  return (
    <button class="copy" title={`Copy ${what}`} aria-label={`Copy ${what}`} onClick={() => void copy()}>
      {copied.value ? <DoneIcon /> : <CopyIcon />}
    </button>
  );
}
