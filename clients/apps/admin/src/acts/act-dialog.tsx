import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Coded } from "../frame/coded.js";
import { asked, begin, carryOut, type Act, type ActField } from "./acts.js";

/** Characters at most, as the server takes them. */
const [REASON, TEXT] = [500, 16_000];

/** The dialog of the act that was begun; there is one for the whole console. */
export function ActDialog() {
  const act = asked.value;
  return act && <Asking key={`${act.name} ${act.path}`} act={act} />;
}

function Asking({ act }: { act: Act }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const values = useSignal<Record<string, string>>(
    Object.fromEntries((act.fields ?? []).map(({ name, value, options }) => [name, value ?? options?.[0]?.[0] ?? ""])),
  );
  const [reason, typed, fault, busy] = [useSignal(""), useSignal(""), useSignal(""), useSignal(false)];
  const id = useRef(crypto.randomUUID());
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => {
    asked.value = null;
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    try {
      await carryOut(act, values.value, reason.value.trim(), id.current);
      close();
    } catch (error) {
      fault.value = (error as Error).message;
    } finally {
      busy.value = false;
    }
  };
  const locked = act.typed !== undefined && typed.value !== act.typed;
  return (
    <dialog ref={dialog} class="card act" aria-labelledby="act-title" onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="act-title">{act.name}</h2>
        <p>
          <Coded text={act.text} />
        </p>
        {act.fields?.map((field) => (
          <Input
            key={field.name}
            field={field}
            value={values.value[field.name] ?? ""}
            onInput={(text) => (values.value = { ...values.value, [field.name]: text })}
          />
        ))}
        <Input
          field={{ name: "reason", label: "Reason, kept in the audit log" }}
          value={reason.value}
          onInput={(text) => (reason.value = text)}
        />
        {act.typed !== undefined && (
          <Input
            field={{ name: "typed", label: `This cannot be undone. Type ${act.typed} to go on` }}
            value={typed.value}
            onInput={(text) => (typed.value = text)}
          />
        )}
        {fault.value && (
          <p class="fault" role="alert">
            {fault.value}
          </p>
        )}
        <div class="tools">
          <button type="button" class="outlined" onClick={close}>
            Cancel
          </button>
          <button class={act.typed === undefined ? "primary" : "primary grave"} disabled={locked || busy.value}>
            {act.name}
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface InputProps {
  field: ActField;
  value: string;
  onInput: (text: string) => void;
}

function Input({ field, value, onInput }: InputProps) {
  const { name, label, options, type = "text", optional } = field;
  const shared = { name, value, required: !optional, autocomplete: "off" as const };
  const take = ({ currentTarget }: { currentTarget: { value: string } }): void => onInput(currentTarget.value);
  return (
    <label class="field">
      <span>
        {label}
        {optional && <span class="muted"> (optional)</span>}
      </span>
      {options ? (
        <select {...shared} onChange={take}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      ) : type === "textarea" ? (
        <textarea {...shared} rows={3} onInput={take} />
      ) : type === "number" ? (
        <input {...shared} type="number" onInput={take} />
      ) : (
        <input {...shared} type="text" maxLength={name === "reason" ? REASON : TEXT} onInput={take} />
      )}
    </label>
  );
}

interface ActionsProps {
  acts: readonly Act[];
}

/** A button for each act. */
export function Actions({ acts }: ActionsProps) {
  return (
    <div class="tools">
      {acts.map((act) => (
        <button
          key={act.name}
          class={act.typed === undefined ? "outlined" : "outlined grave"}
          onClick={() => begin(act)}
        >
          {act.name}
        </button>
      ))}
    </div>
  );
}
