/** The page of a document: its text, who writes in it, comments and versions beside it. */
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Place } from "@parlour/client/document";
import type { OpenRoom } from "../rooms/open-room.js";
import { linkStyles } from "../shell/styles.js";
import { Changes } from "./changes.js";
import { CommentList } from "./comments.js";
import { Editor } from "./editor.js";
import { documentOf, type OpenDocument, type State } from "./open-document.js";
import { Versions } from "./versions.js";

await linkStyles("document.css");

const SIDES = { comments: "Comments", versions: "Versions", talk: "Talk" };
type Side = keyof typeof SIDES;

const STATES: Record<State, string> = {
  opening: "Opening…",
  saved: "Saved",
  saving: "Saving…",
  refused: "Not saved",
  apart: "Apart: what you write is kept here and sent when the connection is back",
};

export function DocumentPage({ room }: { room: OpenRoom }) {
  const doc = documentOf(room);
  const side = useSignal<Side>("comments");
  const selected = useSignal<Place>({ from: 0, to: 0 });
  const sought = useSignal<Place | null>(null);
  const drafted = useSignal<Place | null>(null);
  const chosen = useSignal<number | null>(null);
  const talks = side.value === "talk";
  useEffect(() => void (room.talks.value = talks), [talks]);
  const looksBack = doc.past.at.value !== null;
  const wantComment = (): void => {
    const { from, to } = selected.value;
    if (from === to || !doc.write.value) return;
    side.value = "comments";
    drafted.value = { from, to };
  };
  const choose = (comment: number): void => {
    side.value = "comments";
    chosen.value = comment;
  };
  const show = (place: Place): void => {
    doc.past.now();
    sought.value = place;
  };
  return (
    <>
      <section class="table document" aria-label="Document">
        <Bar doc={doc} canComment={selected.value.from < selected.value.to} onWantComment={wantComment} />
        <p class="why-not" role="status">
          {doc.whyNot.value}
        </p>
        {looksBack && <Changes past={doc.past} />}
        <div class="editor-place" hidden={looksBack}>
          <Editor
            doc={doc}
            sought={sought}
            onComment={choose}
            onSelect={(from, to) => (selected.value = { from, to })}
            onWantComment={wantComment}
          />
        </div>
      </section>
      <aside class={talks ? "document-side with-talk" : "document-side"} aria-label="Beside the text">
        <div class="sieve" role="group" aria-label="Show">
          {(Object.keys(SIDES) as Side[]).map((name) => (
            <button key={name} class="toggle" aria-pressed={side.value === name} onClick={() => (side.value = name)}>
              {SIDES[name]}
            </button>
          ))}
        </div>
        {side.value === "comments" && <CommentList doc={doc} drafted={drafted} chosen={chosen} onShow={show} />}
        {side.value === "versions" && <Versions doc={doc} />}
      </aside>
    </>
  );
}

interface BarProps {
  doc: OpenDocument;
  canComment: boolean;
  onWantComment: () => void;
}

function Bar({ doc, canComment, onWantComment }: BarProps) {
  const { undo, undoable, write, writers, state } = doc;
  return (
    <div class="document-bar">
      {write.value && (
        <div class="row" role="group" aria-label="Edit">
          <button class="outlined" disabled={!undoable.value.undo} onClick={() => undo.undo()}>
            Undo
          </button>
          <button class="outlined" disabled={!undoable.value.redo} onClick={() => undo.redo()}>
            Redo
          </button>
          <button
            class="outlined"
            disabled={!canComment}
            title="Comment on the selected text (Ctrl+Alt+M)"
            onClick={onWantComment}
          >
            Comment
          </button>
        </div>
      )}
      {writers.value.length > 0 && <p class="fine">Here in the text: {writers.value.join(", ")}</p>}
      <p class={`saved ${state.value}`} role="status">
        {STATES[state.value]}
      </p>
    </div>
  );
}
