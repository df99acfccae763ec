/** Fields of a form for what a JSON Schema asks for. */
import { useId } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { fits, initialOf, inWords, type Field, type Json, type Named } from "./schema.js";

type Value = Json | undefined;
type Change = (value: Value) => void;
type Group = Record<string, Json>;

interface FieldsProps {
  fields: readonly Named[];
  value: Group;
  onChange: (value: Group) => void;
}

/** The fields of an object. */
export function Fields({ fields, value, onChange }: FieldsProps) {
  const set = (name: string, part: Value): void => {
    const { [name]: _, ...others } = value;
    onChange(part === undefined ? others : { ...others, [name]: part });
  };
  return (
    <>
      {fields.map(({ name, label, hint, required, field }) => (
        <FieldView
          key={name}
          field={field}
          label={label}
          hint={hint}
          required={required}
          value={value[name]}
          onChange={(part) => set(name, part)}
        />
      ))}
    </>
  );
}

/** What the fields of an object hold at first. */
export function initialGroup(fields: readonly Named[]): Group {
  return Object.fromEntries(fields.flatMap(({ name, initial }) => (initial === undefined ? [] : [[name, initial]])));
}

interface FieldProps {
  field: Field;
  label: string;
  hint?: string;
  required: boolean;
  value: Value;
  onChange: Change;
}

function FieldView(props: FieldProps) {
  const { field, label, hint } = props;
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const own = { id, "aria-describedby": hintId };
  if (field.is === "group" || field.is === "list" || field.is === "either")
    return (
      <fieldset class="any-field any-group" aria-describedby={hintId}>
        <legend>{label}</legend>
        {hint && <Hint id={hintId} text={hint} />}
        {field.is === "group" && <GroupInput {...props} field={field} />}
        {field.is === "list" && <ListInput {...props} field={field} />}
        {field.is === "either" && <EitherInput {...props} field={field} />}
      </fieldset>
    );
  return (
    <div class={field.is === "flag" ? "any-field any-flag" : "any-field"}>
      <label for={id}>{label}</label>
      {field.is === "number" && <NumberInput {...props} {...own} field={field} />}
      {field.is === "text" && <TextInput {...props} {...own} field={field} />}
      {field.is === "flag" && <FlagInput {...props} {...own} />}
      {field.is === "choice" && <ChoiceInput {...props} {...own} field={field} />}
      {field.is === "nothing" && <output id={id}>nothing</output>}
      {field.is === "json" && <JsonInput {...props} {...own} />}
      {hint && <Hint id={hintId} text={hint} />}
    </div>
  );
}

function Hint({ id, text }: { id: string | undefined; text: string }) {
  return (
    <p class="fine" id={id}>
      {text}
    </p>
  );
}

type Of<Is extends Field["is"]> = Omit<FieldProps, "field"> & { field: Extract<Field, { is: Is }>; id?: string };
type Plain = FieldProps & { id: string };

function NumberInput({ field, required, value, onChange, label, hint: _, ...own }: Of<"number">) {
  const { whole, min, max } = field;
  return (
    <input
      {...own}
      type="number"
      inputMode={whole && (min ?? -1) >= 0 ? "numeric" : "decimal"}
      step={whole ? 1 : "any"}
      min={min}
      max={max}
      required={required}
      placeholder={min !== undefined && max !== undefined ? `${min} to ${max}` : undefined}
      value={typeof value === "number" ? value : ""}
      onInput={({ currentTarget: { valueAsNumber } }) =>
        onChange(Number.isFinite(valueAsNumber) ? valueAsNumber : undefined)
      }
    />
  );
}

function TextInput({ field, required, value, onChange, label, hint: _, ...own }: Of<"text">) {
  const { min = 0, max, pattern } = field;
  return (
    <input
      {...own}
      type="text"
      autocomplete="off"
      required={required && min > 0}
      minLength={min || undefined}
      maxLength={max}
      pattern={pattern}
      value={typeof value === "string" ? value : ""}
      onInput={({ currentTarget }) => onChange(currentTarget.value || required ? currentTarget.value : undefined)}
    />
  );
}

function FlagInput({ value, onChange, id }: Plain) {
  return (
    <input
      id={id}
      type="checkbox"
      checked={value === true}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}

function ChoiceInput({ field: { values }, required, value, onChange, label, hint: _, ...own }: Of<"choice">) {
  const at = values.findIndex((one) => one === value);
  return (
    <select {...own} value={at} onChange={({ currentTarget }) => onChange(values[Number(currentTarget.value)])}>
      {at < 0 && <option value={-1}>{required ? "Choose…" : "—"}</option>}
      {values.map((one, index) => (
        <option key={index} value={index}>
          {typeof one === "string" ? inWords(one) : String(one)}
        </option>
      ))}
    </select>
  );
}

/** A field for what has no other one; what is no JSON is not sent. */
function JsonInput({ required, value, onChange, id }: Plain) {
  const text = useSignal(value === undefined ? "" : JSON.stringify(value));
  const onInput = ({ currentTarget }: { currentTarget: HTMLTextAreaElement }): void => {
    text.value = currentTarget.value;
    try {
      onChange(text.value.trim() ? (JSON.parse(text.value) as Json) : undefined);
      currentTarget.setCustomValidity("");
    } catch {
      currentTarget.setCustomValidity("This is no JSON.");
    }
  };
  return <textarea id={id} rows={3} required={required} value={text.value} spellcheck={false} onInput={onInput} />;
}

function GroupInput({ field, value, onChange }: Of<"group">) {
  const group = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  return <Fields fields={field.fields} value={group} onChange={onChange} />;
}

function ListInput({ field: { item, min, max }, label, value, onChange }: Of<"list">) {
  const items = Array.isArray(value) ? value : [];
  const set = (at: number, part: Value): void =>
    onChange(items.map((one, index) => (index === at ? (part ?? null) : one)));
  return (
    <>
      {items.map((one, at) => (
        <div class="any-item" key={at}>
          <FieldView
            field={item}
            label={`${label} ${at + 1}`}
            required
            value={one === null && !fits(item, null) ? undefined : one}
            onChange={(part) => set(at, part)}
          />
          {items.length > min && (
            <button
              class="link"
              type="button"
              aria-label={`Remove ${label} ${at + 1}`}
              onClick={() => onChange(items.filter((_, index) => index !== at))}
            >
              Remove
            </button>
          )}
        </div>
      ))}
      {items.length < max && (
        <button class="link" type="button" onClick={() => onChange([...items, initialOf(item) ?? null])}>
          Add one
        </button>
      )}
    </>
  );
}

function EitherInput({ field: { options }, label, required, value, onChange }: Of<"either">) {
  const found = options.findIndex(({ field }) => fits(field, value));
  const chosen = useSignal(Math.max(0, found));
  const { field } = options[chosen.value]!;
  const choose = (index: number): void => {
    chosen.value = index;
    onChange(initialOf(options[index]!.field));
  };
  return (
    <>
      <select
        aria-label={`Kind of ${label}`}
        value={chosen.value}
        onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
      >
        {options.map((option, index) => (
          <option key={index} value={index}>
            {option.label}
          </option>
        ))}
      </select>
      {field.is !== "nothing" && (
        <FieldView
          key={chosen.value}
          field={field}
          label={label}
          required={required}
          value={value}
          onChange={onChange}
        />
      )}
    </>
  );
}
