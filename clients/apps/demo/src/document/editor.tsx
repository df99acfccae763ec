/** The text of a document, to write in or to read. */
import { useEffect, useRef } from "preact/hooks";
import { effect, type Signal } from "@preact/signals";
import type { Place } from "@parlour/client/document";
import type { EditorView } from "@codemirror/view";
import { showMarks, type Commented } from "./comment-marks.js";
import { allow, createEditor, select, type EditorEvents } from "./editing.js";
import type { OpenDocument } from "./open-document.js";

interface EditorProps extends EditorEvents {
  doc: OpenDocument;
  /** A place to be selected and brought into sight; null once it is. */
  sought: Signal<Place | null>;
}

export function Editor({ doc, sought, ...events }: EditorProps) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = createEditor(holder.current!, doc, events);
    doc.comeIn();
    const stops = [
      effect(() => allow(view, doc.write.value)),
      effect(() => showMarks(view, commented(doc))),
      effect(() => seek(view, sought)),
    ];
    return () => {
      for (const stop of stops) stop();
      doc.goOut();
      view.destroy();
    };
  }, []);
  return <div class="editor" ref={holder} />;
}

function seek(view: EditorView, sought: Signal<Place | null>): void {
  if (!sought.value) return;
  select(view, sought.value.from, sought.value.to);
  sought.value = null;
}

/** The places of the comments that are open. */
function commented({ threads, began, comments }: OpenDocument): Commented[] {
  if (!began.value) return [];
  return threads.value.flatMap((comment) => {
    const place = comment.resolved || comment.deleted ? null : comments.placeOf(comment);
    return place ? [{ comment: comment.seq, ...place }] : [];
  });
}
