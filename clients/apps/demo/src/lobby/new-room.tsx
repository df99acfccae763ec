/** The button for a new room or table, and its form, whose code is loaded when it is first wanted. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { PlusIcon } from "@parlour/ui/icons";
import { report } from "../shell/toast.js";

/** Whether the form is open. */
export const planning = signal(false);
const loaded = signal<ComponentType<{ onClose: () => void }> | null>(null);

export function NewRoom() {
  const wanted = planning.value;
  useEffect(() => {
    if (wanted) import("./new-room-form.js").then(({ NewRoomForm }) => (loaded.value = NewRoomForm), report);
  }, [wanted]);
  const Form = loaded.value;
  if (wanted && Form) return <Form onClose={() => (planning.value = false)} />;
  return (
    <button class="new-room" disabled={wanted} onClick={() => (planning.value = true)}>
      <PlusIcon /> New room or table
    </button>
  );
}
