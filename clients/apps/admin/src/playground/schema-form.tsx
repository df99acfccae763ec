import type { SchemaField } from "./schema.js";

interface Props {
  fields: readonly SchemaField[];
  values: Readonly<Record<string, string>>;
  onInput: (name: string, text: string) => void;
}

/** One input for each field of a schema. */
export function SchemaForm({ fields, values, onInput }: Props) {
  return (
    <>
      {fields.map((field) => (
        <label class="field" key={field.name}>
          <span>
            <code>{field.name}</code>
            {!field.required && <span class="muted"> optional</span>}
          </span>
          <Input field={field} value={values[field.name] ?? ""} onInput={(text) => onInput(field.name, text)} />
          {field.hint && <small class="muted">{field.hint}</small>}
        </label>
      ))}
    </>
  );
}

interface InputProps {
  field: SchemaField;
  value: string;
  onInput: (text: string) => void;
}

function Input({ field: { name, kind, options, required }, value, onInput }: InputProps) {
  const take = ({ currentTarget }: { currentTarget: { value: string } }): void => onInput(currentTarget.value);
  if (kind === "choice" || kind === "boolean") {
    const choices = kind === "boolean" ? ["true", "false"] : options;
    return (
      <select name={name} value={value} required={required} onChange={take}>
        <option value="">not sent</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  const shared = { name, value, required, autocomplete: "off" as const, spellcheck: false, onInput: take };
  if (kind === "json") return <textarea {...shared} class="mono" rows={2} placeholder="JSON" />;
  return kind === "number" ? <input {...shared} type="number" /> : <input {...shared} type="text" />;
}
