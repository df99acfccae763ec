/** A form for each thing players may do, built from what the server says of it. */
import { useSignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { report } from "../../shell/toast.js";
import { Fields, initialGroup } from "./fields.js";
import { fieldsOf, inWords, type Json, type Named, type Schema } from "./schema.js";

interface ActionProps {
  name: string;
  description: string;
  args: Schema;
  /** Why it cannot be done now; empty where it can. */
  barred: string;
  /** Do it. @throws ParlourError as the server refuses. */
  act: (args: Record<string, Json>) => Promise<unknown>;
}

/** A form that does one thing, and says in words what came of it. */
export function ActionForm({ name, description, args, barred, act }: ActionProps) {
  const fields = fieldsOf(args);
  const value = useSignal(initialGroup(fields));
  const refusal = useSignal("");
  const done = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    refusal.value = done.value = "";
    try {
      await act(value.value);
      done.value = "Done.";
    } catch (error) {
      if (error instanceof ParlourError) refusal.value = error.message;
      else report(error);
    }
    busy.value = false;
  };
  const label = inWords(name);
  return (
    <form
      class={isShort(fields) ? "any-action short" : "any-action"}
      aria-label={label}
      onSubmit={(event) => void submit(event)}
    >
      {description && <p class="fine">{description}</p>}
      <Fields fields={fields} value={value.value} onChange={(group) => (value.value = group)} />
      <div class="row">
        <button class="primary" type="submit" disabled={busy.value || barred !== ""} title={barred || undefined}>
          {label}
        </button>
        <span class="refusal" role="alert">
          {refusal.value}
        </span>
        <span class="fine" role="status">
          {!refusal.value && done.value}
        </span>
      </div>
    </form>
  );
}

/** Whether its fields and its button stand in one line. */
function isShort(fields: readonly Named[]): boolean {
  return fields.length <= 2 && fields.every(({ field }) => ["number", "choice", "flag"].includes(field.is));
}
