import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { pathOf } from "../data/api.js";
import { useLoad } from "../data/load.js";
import type { PastState } from "../data/types.js";
import { Card } from "../frame/facts.js";
import { Body } from "../frame/page.js";
import { sayExactly } from "../frame/when.js";
import { route, setQuery } from "../shell/router.js";
import { differencesOf, type Change } from "./difference.js";
import { Tree } from "./tree.js";

/** Milliseconds that the slider must rest: each state is folded from the log. */
const REST_MS = 150;

/** The state after any entry, as any account saw it, and what that entry changed. */
export function State({ room }: { room: string }) {
  const { query } = route.value;
  const [at, as] = [query["at"] ?? "", query["as"] ?? ""];
  const path = `/api/admin/rooms/${encodeURIComponent(room)}/state`;
  const load = useLoad<PastState>(pathOf(path, { at, as }));
  const seq = load.data?.seq;
  const before = useLoad<PastState>(pathOf(path, { at: seq && Math.max(load.data!.first, seq - 1), as }));
  const span = useRef<PastState>(undefined);
  if (load.data) span.current = load.data;
  const changes = load.data && before.data ? differencesOf(before.data.state, load.data.state) : [];
  return (
    <Card title="State" tools={<Viewer />}>
      {span.current && <Slider span={span.current} at={Number(at) || span.current.head} />}
      <Body {...load}>
        {({ state }) => (
          <div class="halves">
            <div class="tree">
              <Tree name="state" value={state} changed={changes.map(({ path: where }) => where)} />
            </div>
            <Changes changes={changes} seq={seq ?? 0} />
          </div>
        )}
      </Body>
    </Card>
  );
}

function Viewer() {
  const { query } = route.value;
  return (
    <label class="choice">
      <span>As</span>
      <input
        placeholder="a spectator, or an account"
        value={query["as"] ?? ""}
        onChange={({ currentTarget }) => setQuery({ as: currentTarget.value.trim() })}
      />
    </label>
  );
}

function Slider({ span, at }: { span: PastState; at: number }) {
  const shown = useSignal(at);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    shown.value = at;
    return () => clearTimeout(timer.current);
  }, [at]);
  const move = (seq: number): void => {
    shown.value = seq;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ at: seq === span.head ? "" : String(seq) }), REST_MS);
  };
  return (
    <label class="slider">
      <span>
        After entry {shown.value.toLocaleString()} of {span.head.toLocaleString()}
        {span.at !== null && span.seq === shown.value && <span class="muted"> · {sayExactly(span.at)}</span>}
      </span>
      <input
        type="range"
        min={span.first}
        max={span.head}
        value={shown.value}
        onInput={({ currentTarget }) => move(Number(currentTarget.value))}
      />
    </label>
  );
}

function Changes({ changes, seq }: { changes: readonly Change[]; seq: number }) {
  return (
    <section aria-label="Changes">
      <h3>What entry {seq.toLocaleString()} changed</h3>
      {changes.length === 0 && <p class="muted">Nothing that this account sees.</p>}
      <ul class="lines">
        {changes.map(({ path, before, after }) => (
          <li key={path}>
            <code>{path || "/"}</code>
            <span>
              <del>{JSON.stringify(before) ?? ""}</del> <ins>{JSON.stringify(after) ?? ""}</ins>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
