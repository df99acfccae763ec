import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { ReportInfo } from "@parlour/client";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { Hit } from "./hit.js";

/** What members reported, the one reported last first. */
export function Reports({ room }: { room: OpenRoom }) {
  const reports = useSignal<readonly ReportInfo[]>([]);
  const load = (): void => void room.room.reports().then((page) => (reports.value = page.reports), report);
  useEffect(load, []);
  const act = (done: Promise<unknown>): void => void done.then(load, report);
  return (
    <section aria-labelledby="reports-title">
      <h3 id="reports-title">Reports</h3>
      {reports.value.length === 0 && <p class="fine">None. Nobody learns who reported a message.</p>}
      <ul class="hits">
        {reports.value.map(({ id, seq, at, entry, reasons }) => (
          <Hit
            key={id}
            author={entry?.author ?? ""}
            at={at}
            text={(entry?.body as { text?: string } | null | undefined)?.text ?? ""}
            onOpen={() => room.jump(seq).catch(report)}
          >
            <span class="fine">
              {Object.entries(reasons)
                .map(([reason, count]) => `${reason} × ${count}`)
                .join(", ")}
            </span>
            <button class="outlined" onClick={() => act(room.room.remove(seq).then(() => room.room.dismissReport(id)))}>
              Delete the message
            </button>
            <button class="link" onClick={() => act(room.room.dismissReport(id))}>
              Dismiss
            </button>
          </Hit>
        ))}
      </ul>
    </section>
  );
}
