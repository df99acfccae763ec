/** The button for a new room or table, and its form, whose code is loaded when it is first wanted. */
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { PlusIcon } from "@parlour/ui/icons";
import { report } from "../shell/toast.js";
import type { NewRoomFormProps } from "./new-room-form.js";

/** Whether the form is open. */
export const planning = signal(false);
const loaded = signal<ComponentType<NewRoomFormProps> | null>(null);

export function NewRoom() {
  const wanted = planning.value;
  useEffect(() => {
    if (wanted) import("./new-room-form.js").then(({ NewRoomForm }) => (loaded.value = NewRoomForm), report);
  }, [wanted]);
  const opener = useRef<HTMLButtonElement>(null);
  const Form = loaded.value;
  const cancel = (): void => {
    planning.value = false;
    requestAnimationFrame(() => opener.current?.focus());
  };
  if (wanted && Form) return <Form onClose={() => (planning.value = false)} onCancel={cancel} />;
  return (
    <button ref={opener} class="new-room" aria-disabled={wanted} onClick={() => (planning.value = true)}>
      <PlusIcon /> New room or table
    </button>
  );
}
