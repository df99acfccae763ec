/** Makes the editor of a document: CodeMirror on its text, with others' cursors and the places of comments. */
import { defaultKeymap } from "@codemirror/commands";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import { commentMarks } from "./comment-marks.js";
import { cursors } from "./cursors.js";
import type { OpenDocument } from "./open-document.js";

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "var(--text-15)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--sans)", lineHeight: "1.7", overflow: "auto" },
  ".cm-content": { padding: "var(--space-24) var(--space-16)", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".commented": { backgroundColor: "var(--brass-soft)", borderBottom: "2px solid var(--brass)", cursor: "pointer" },
  ".selected": { backgroundColor: "color-mix(in srgb, var(--who) 30%, transparent)" },
  ".caret": {
    position: "relative",
    borderLeft: "2px solid color-mix(in srgb, var(--who) 60%, var(--ink))",
    marginLeft: "-1px",
    marginRight: "-1px",
  },
  ".caret::after": {
    content: "attr(data-name)",
    position: "absolute",
    bottom: "100%",
    left: "-2px",
    padding: "0 var(--space-4)",
    borderRadius: "var(--radius-8)",
    backgroundColor: "var(--who)",
    color: "#fff",
    font: "600 var(--text-12)/1.4 var(--sans)",
    whiteSpace: "nowrap",
    pointerEvents: "none",
    userSelect: "none",
  },
});

/** What the page wants to hear of. */
export interface EditorEvents {
  /** A comment's place was clicked. */
  onComment: (comment: number) => void;
  /** The selection, empty where its ends are equal. */
  onSelect: (from: number, to: number) => void;
  /** The key for a new comment was pressed. */
  onWantComment: () => void;
}

const rights = new Compartment();

/** Show the document in `holder`: inside a shadow root, so that CodeMirror's styles need no <style> element. */
export function createEditor(holder: HTMLElement, doc: OpenDocument, events: EditorEvents): EditorView {
  const root = holder.shadowRoot ?? holder.attachShadow({ mode: "open" });
  const { text, undo, provider } = doc;
  const wantComment = (): boolean => {
    events.onWantComment();
    return true;
  };
  const extensions: Extension = [
    THEME,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": "Text of the document", "aria-multiline": "true" }),
    rights.of(rightsTo(doc.write.peek())),
    keymap.of([{ key: "Mod-Alt-m", run: wantComment }, ...yUndoManagerKeymap, ...defaultKeymap]),
    yCollab(text, null, { undoManager: undo }),
    cursors(text, provider.awareness),
    commentMarks(events.onComment),
    EditorView.updateListener.of(({ state, selectionSet, docChanged }) => {
      const { from, to } = state.selection.main;
      if (selectionSet || docChanged) events.onSelect(from, to);
    }),
  ];
  return new EditorView({ root, parent: root, state: EditorState.create({ doc: text.toString(), extensions }) });
}

export function allow(view: EditorView, write: boolean): void {
  view.dispatch({ effects: rights.reconfigure(rightsTo(write)) });
}

/** Select a stretch and bring it into sight. */
export function select(view: EditorView, anchor: number, head: number): void {
  view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
  view.focus();
}

function rightsTo(write: boolean): Extension {
  return EditorState.readOnly.of(!write);
}
