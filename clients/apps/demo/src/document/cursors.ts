/**
 * Shows where others are in the text. The cursors of y-codemirror.next would write style attributes, which the page's
 * content security policy refuses; these read the same awareness states and set styles by script.
 */
import { type Range } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { colorOf, nameIn } from "./writers.js";

class Caret extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly color: string,
  ) {
    super();
  }

  override eq(other: Caret): boolean {
    return other.name === this.name && other.color === this.color;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = "caret";
    caret.setAttribute("aria-hidden", "true"); // the names of who writes here are beside the text
    caret.dataset.name = this.name; // shown by a style: it is no part of the text
    caret.style.setProperty("--who", this.color);
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** Show the others' cursors in `text`, and tell them of mine. */
export function cursors(text: Y.Text, awareness: Awareness) {
  class Cursors {
    decorations: DecorationSet = Decoration.none;
    readonly #changed = ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>): void => {
      if ([...added, ...updated, ...removed].every((client) => client === awareness.clientID)) return;
      this.#place();
      this.view.dispatch({}); // draws them
    };

    constructor(readonly view: EditorView) {
      awareness.on("change", this.#changed);
      this.#place();
    }

    update({ view, docChanged, selectionSet, focusChanged }: ViewUpdate): void {
      if (docChanged) this.#place();
      if (docChanged || selectionSet || focusChanged) this.#tell(view);
    }

    destroy(): void {
      awareness.off("change", this.#changed);
    }

    #tell({ state, hasFocus }: EditorView): void {
      if (!hasFocus || awareness.getLocalState() === null) return;
      const { anchor, head } = state.selection.main;
      const [from, to] = [anchor, head].map((at) => Y.createRelativePositionFromTypeIndex(text, at));
      awareness.setLocalStateField("cursor", { anchor: from, head: to });
    }

    #place(): void {
      const ranges: Range<Decoration>[] = [];
      for (const [client, state] of awareness.getStates()) {
        if (client === awareness.clientID || !state.cursor) continue;
        const [anchor, head] = [this.#at(state.cursor.anchor), this.#at(state.cursor.head)];
        if (anchor === null || head === null) continue;
        const color = colorOf(client);
        const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
        const marked = { class: "selected", attributes: { style: `--who: ${color}` } };
        if (from < to) ranges.push(Decoration.mark(marked).range(from, to));
        const caret = Decoration.widget({ widget: new Caret(nameIn(state), color), side: head < anchor ? 1 : -1 });
        ranges.push(caret.range(head));
      }
      this.decorations = Decoration.set(ranges, true);
    }

    /** The index of somebody's relative position, who may have written anything; null where it is not here. */
    #at(position: unknown): number | null {
      try {
        const relative = Y.createRelativePositionFromJSON(position);
        const found = Y.createAbsolutePositionFromRelativePosition(relative, text.doc!);
        return found?.type === text ? Math.min(found.index, this.view.state.doc.length) : null;
      } catch {
        return null;
      }
    }
  }
  return ViewPlugin.fromClass(Cursors, { decorations: ({ decorations }) => decorations });
}
