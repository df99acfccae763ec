/** A field for a few words of a thread, and its buttons. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { report } from "../shell/toast.js";

interface WriteFormProps {
  label: string;
  submit: string;
  /** Send the words; the form is emptied and closed once that succeeded. */
  onWrite: (text: string) => Promise<unknown>;
  onClose: () => void;
}

export function WriteForm({ label, submit, onWrite, onClose }: WriteFormProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const busy = useSignal(false);
  useEffect(() => field.current?.focus(), []);
  const write = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = field.current?.value.trim();
    if (!text || busy.value) return;
    busy.value = true;
    try {
      await onWrite(text);
      onClose();
    } catch (error) {
      report(error);
    }
    busy.value = false;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onClose();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void write(event);
  };
  return (
    <form class="write-form" onSubmit={(event) => void write(event)} onKeyDown={onKeyDown}>
      <textarea ref={field} rows={2} maxLength={4_000} aria-label={label} placeholder={label} />
      <div class="row">
        <button class="outlined" type="submit" disabled={busy.value}>
          {submit}
        </button>
        <button class="link" type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
