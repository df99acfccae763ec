/** Shows any JSON as a tree that opens and closes, with what changed marked. */
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { equal, isBranch, parts } from "./compare.js";

/** A list of at most so many plain values stands in one line: the row of a board. */
const IN_LINE = 24;
/** Levels that are open at first. */
const OPEN = 2;
const MISSING = Symbol("missing");

interface NodeProps {
  name: string;
  now: unknown;
  /** What stood here before; `MISSING` for nothing, undefined where no changes are shown. */
  before: unknown;
  depth: number;
}

interface TreeProps {
  label: string;
  now: unknown;
  /** The state before, to mark what changed; undefined marks nothing. */
  before: unknown;
}

export function Tree({ label, now, before }: TreeProps) {
  return (
    <ul class="tree" aria-label={label}>
      {parts(now).map(([name, value]) => (
        <Node key={name} name={name} now={value} before={partOf(before, name)} depth={1} />
      ))}
      {gone(now, before).map((name) => (
        <Gone key={name} name={name} />
      ))}
      {parts(now).length === 0 && <li class="fine">Nothing.</li>}
    </ul>
  );
}

function Node(props: NodeProps) {
  const { name, now, before } = props;
  const changed = before !== undefined && !equal(before, now);
  return (
    <li class={changed ? "changed" : undefined}>
      {isBranch(now) ? (
        isLine(now) ? (
          <Line name={name} now={now} before={before} />
        ) : (
          <Branch {...props} changed={changed} />
        )
      ) : (
        <Leaf name={name} now={now} before={before} changed={changed} />
      )}
    </li>
  );
}

function Branch({ name, now, before, depth, changed }: NodeProps & { changed: boolean }) {
  const open = useSignal(depth <= OPEN || changed);
  useEffect(() => {
    if (changed) open.value = true;
  }, [changed]);
  const inside = parts(now);
  return (
    <details open={open.value} onToggle={({ currentTarget }) => (open.value = currentTarget.open)}>
      <summary>
        <span class="key">{name}</span> <span class="fine">{sizeOf(now, inside.length)}</span>
        <Changed changed={changed} />
      </summary>
      {open.value && (
        <ul>
          {inside.map(([part, value]) => (
            <Node key={part} name={part} now={value} before={partOf(before, part)} depth={depth + 1} />
          ))}
          {gone(now, before).map((part) => (
            <Gone key={part} name={part} />
          ))}
        </ul>
      )}
    </details>
  );
}

function Leaf({ name, now, before, changed }: Omit<NodeProps, "depth"> & { changed: boolean }) {
  return (
    <>
      <span class="key">{name}</span> <Value value={now} changed={changed} />
      {changed && !isBranch(before) && (
        <span class="fine"> {before === MISSING ? "new" : `was ${inShort(before)}`}</span>
      )}
    </>
  );
}

/** A short list of plain values: all of them in one line. */
function Line({ name, now, before }: { name: string; now: unknown[]; before: unknown }) {
  return (
    <>
      <span class="key">{name}</span>
      <span class="line">
        {now.map((value, at) => (
          <Value key={at} value={value} changed={before !== undefined && !equal(partOf(before, String(at)), value)} />
        ))}
      </span>
    </>
  );
}

function Value({ value, changed }: { value: unknown; changed: boolean }) {
  const kind = value === null ? "null" : typeof value;
  return changed ? (
    <ins class={`value ${kind}`}>
      {inShort(value)}
      <Changed changed />
    </ins>
  ) : (
    <span class={`value ${kind}`}>{inShort(value)}</span>
  );
}

function Gone({ name }: { name: string }) {
  return (
    <li class="changed">
      <del class="key">{name}</del> <span class="fine">gone</span>
    </li>
  );
}

/** What a mark in colour says to those who do not see it. */
function Changed({ changed }: { changed: boolean }) {
  return changed ? <span class="hidden"> (changed)</span> : null;
}

function isLine(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= IN_LINE && !value.some(isBranch);
}

function inShort(value: unknown): string {
  if (value === MISSING || value === null || value === undefined) return "–";
  return isBranch(value) ? "…" : String(value);
}

function sizeOf(value: unknown, size: number): string {
  if (Array.isArray(value)) return size === 1 ? "1 item" : `${size} items`;
  return size === 1 ? "1 field" : `${size} fields`;
}

function partOf(whole: unknown, name: string): unknown {
  if (whole === undefined) return undefined;
  const found = parts(whole).find(([part]) => part === name);
  return found ? found[1] : MISSING;
}

/** The names that stood in it before and do not now. */
function gone(now: unknown, before: unknown): string[] {
  if (before === undefined || !isBranch(before)) return [];
  const here = new Set(parts(now).map(([name]) => name));
  return parts(before)
    .map(([name]) => name)
    .filter((name) => !here.has(name));
}
