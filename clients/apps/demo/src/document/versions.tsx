/** The versions of a document: a slider over them, a name for a new one, and the way back to one. */
import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Version } from "@parlour/client";
import { formatDay, formatTime } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";
import { report } from "../shell/toast.js";
import type { OpenDocument } from "./open-document.js";

export function Versions({ doc }: { doc: OpenDocument }) {
  const { past, write } = doc;
  const versions = past.versions.value;
  const at = past.at.value;
  const place = at ? versions.indexOf(at) : versions.length;
  return (
    <section class="versions" aria-label="Versions">
      {write.value && <NameVersion doc={doc} />}
      {versions.length > 0 ? (
        <>
          <input
            type="range"
            aria-label="Version"
            aria-valuetext={at ? `${describe(at)}, ${place + 1} of ${versions.length}` : "Now"}
            min={0}
            max={versions.length}
            value={place}
            onInput={({ currentTarget }) => past.go(currentTarget.valueAsNumber)}
          />
          <p role="status">{at ? describe(at) : <span class="fine">Now. Move the slider to look back.</span>}</p>
        </>
      ) : (
        <p class="fine">No versions yet. One is kept after ten minutes of change.</p>
      )}
      <div class="row">
        {at && (
          <button class="outlined" onClick={() => past.now()}>
            Back to now
          </button>
        )}
        {at && write.value && <Restore doc={doc} />}
        {past.hasOlder.value && (
          <button class="link" onClick={() => past.loadOlder().catch(report)}>
            Show older versions
          </button>
        )}
      </div>
    </section>
  );
}

function NameVersion({ doc }: { doc: OpenDocument }) {
  const name = useRef<HTMLInputElement>(null);
  const busy = useSignal(false);
  const keep = async (event: Event): Promise<void> => {
    event.preventDefault();
    const title = name.current?.value.trim();
    if (!title || busy.value) return;
    busy.value = true;
    try {
      await doc.provider.keepVersion(title);
      name.current!.value = "";
    } catch (error) {
      report(error);
    }
    busy.value = false;
  };
  return (
    <form class="row" onSubmit={(event) => void keep(event)}>
      <input ref={name} maxLength={120} aria-label="Name of the version" placeholder="Before the review" />
      <button class="outlined" type="submit" disabled={busy.value}>
        Keep it
      </button>
    </form>
  );
}

function Restore({ doc }: { doc: OpenDocument }) {
  const busy = useSignal(false);
  const restore = (): void => {
    busy.value = true;
    doc
      .restore()
      .catch(report)
      .finally(() => (busy.value = false));
  };
  return (
    <button class="primary" disabled={busy.value} onClick={restore}>
      Restore this
    </button>
  );
}

function describe({ title, by, at }: Version): string {
  const when = `${formatDay(at)}, ${formatTime(at)}`;
  return by ? `“${title}”, kept by ${nameOf(by)}. ${when}` : `Kept by itself. ${when}`;
}
