import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { route, setQuery } from "../shell/router.js";

/** Milliseconds after the last letter: the server is asked for words, not for letters. */
const TYPED_MS = 200;

/** A search field whose words stand in the address as `query`; `/` leads here. */
export function Filter({ label }: { label: string }) {
  const typed = useSignal(route.value.query["query"] ?? "");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { page } = route.value;
  useEffect(() => {
    typed.value = route.peek().query["query"] ?? "";
    return () => clearTimeout(timer.current);
  }, [page]);
  const type = (text: string): void => {
    typed.value = text;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ query: text }), TYPED_MS);
  };
  return (
    <label class="filter">
      <span class="hidden">{label}</span>
      <input
        type="search"
        data-key="/"
        placeholder={label}
        value={typed.value}
        onInput={({ currentTarget }) => type(currentTarget.value)}
        onKeyDown={({ key, currentTarget }) => key === "Escape" && (type(""), currentTarget.blur())}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

interface ChoiceProps {
  label: string;
  name: string;
  /** The first is meant where the address names none. */
  options: readonly (readonly [value: string, text: string])[];
}

/** A choice that stands in the address. */
export function Choice({ label, name, options }: ChoiceProps) {
  const value = route.value.query[name] ?? options[0]![0];
  return (
    <label class="choice">
      <span class="hidden">{label}</span>
      <select value={value} onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value })}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
