import { useKeys } from "../shell/keys.js";
import { useListing } from "../data/listing.js";
import { pathOf } from "../data/api.js";
import type { Report } from "../data/types.js";
import { Account } from "../frame/account.js";
import { Actions } from "../acts/act-dialog.js";
import { begin, type Act } from "../acts/acts.js";
import { textOf } from "../frame/entry-text.js";
import { Choice } from "../frame/filter.js";
import { Card } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import type { PageProps } from "../shell/props.js";
import { hrefOf } from "../shell/router.js";

const STATES = [
  ["open", "Open"],
  ["dismissed", "Dismissed"],
  ["redacted", "Hidden"],
] as const;

/** The queue of reports: each message among its neighbours, decided with one key. */
export function Reports({ query }: PageProps) {
  const state = query["state"] ?? "open";
  const load = useListing<Report>(pathOf("/api/admin/reports", { state }), "reports");
  const first = load.data?.[0];
  useKeys(
    first && state === "open"
      ? { d: () => begin(dismissing(first)), ...(first.entry && { h: () => begin(hiding(first)) }) }
      : {},
  );
  return (
    <Page
      title="Reports"
      load={load}
      isEmpty={(reports) => reports.length === 0}
      lesson={
        state === "open"
          ? "Nothing waits for a decision. What people report appears here with the messages around it."
          : "No report ended like this yet."
      }
      tools={<Choice label="State" name="state" options={STATES} />}
    >
      {(reports) => (
        <>
          {state === "open" && (
            <p class="muted">
              <kbd>D</kbd> dismisses the first, <kbd>H</kbd> hides its message.
            </p>
          )}
          {reports.map((report) => (
            <One key={report.id} report={report} />
          ))}
          {load.partial && (
            <button class="outlined" onClick={load.more}>
              More
            </button>
          )}
        </>
      )}
    </Page>
  );
}

function One({ report }: { report: Report }) {
  const { room, seq, at, entry, reasons, around, by, state } = report;
  const others = around.filter((line) => line.seq !== seq);
  const lines = [...others, ...(entry ? [entry] : [])].sort((a, b) => a.seq - b.seq);
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} × ${count}`);
  const acts = state === "open" ? [dismissing(report), ...(entry ? [hiding(report)] : [])] : [];
  return (
    <Card title={`${room} ${seq}`} tools={<Actions acts={acts} />}>
      <p>
        <strong>{why.join(", ")}</strong>{" "}
        <span class="muted">
          reported <When at={at} />
        </span>
      </p>
      <ol class="context">
        {lines.map((line) => (
          <li key={line.seq} class={line.seq === seq ? "meant" : ""}>
            <a class="muted" href={hrefOf("rooms", room, { tab: "Tail", seq: String(line.seq) })}>
              {line.seq}
            </a>
            <Account account={line.author} />
            <span>{textOf(line)}</span>
          </li>
        ))}
      </ol>
      {by?.map((voice) => (
        <p class="muted" key={voice.account}>
          {voice.account ? <Account account={voice.account} /> : "The server"} {voice.reason} {voice.note}
        </p>
      ))}
    </Card>
  );
}

function dismissing({ id }: Report): Act {
  return {
    ...resolving(id),
    name: "Dismiss",
    text: "Ends the report: the message stays.",
    body: { action: "dismiss" },
  };
}

function hiding({ id }: Report): Act {
  const text = "Ends the report and hides the message from everybody but its author and the moderators.";
  return { ...resolving(id), name: "Hide the message", text, body: { action: "redact" } };
}

function resolving(id: string): Pick<Act, "path" | "done"> {
  return { path: `/api/admin/reports/${encodeURIComponent(id)}/resolve`, done: "The report has ended." };
}
