import type { ComponentChildren } from "preact";

interface Props<Name extends string> {
  label: string;
  names: readonly Name[];
  open: Name;
  onOpen: (name: Name) => void;
  /** How many each holds. */
  counts?: Partial<Record<Name, number>>;
  children: ComponentChildren;
}

/** Tabs over their panel, turned with the arrow keys (ARIA "tabs" pattern). */
export function Tabs<Name extends string>({ label, names, open, onOpen, counts, children }: Props<Name>) {
  const turn = ({ key }: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = names[(names.indexOf(open) + step + names.length) % names.length]!;
    onOpen(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <>
      <div role="tablist" aria-label={label} onKeyDown={turn}>
        {names.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            role="tab"
            aria-selected={open === name}
            aria-controls="panel"
            tabIndex={open === name ? 0 : -1}
            onClick={() => onOpen(name)}
          >
            {name} {counts?.[name] !== undefined && <span class="badge">{counts[name]!.toLocaleString()}</span>}
          </button>
        ))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${open}`} tabIndex={0}>
        {children}
      </div>
    </>
  );
}
