/** Marks the places in the text that somebody commented on. */
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";

/** A stretch of the text with a comment. */
export interface Commented {
  comment: number;
  from: number;
  to: number;
}

const setMarks = StateEffect.define<readonly Commented[]>();

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, { changes, effects }) {
    for (const effect of effects) if (effect.is(setMarks)) return decorationsOf(effect.value);
    return before.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Show the marks that `showMarks` sets; a click on one names its comment. */
export function commentMarks(onOpen: (comment: number) => void) {
  const click = ({ target }: MouseEvent): void => {
    const marked = target instanceof Element ? target.closest<HTMLElement>("[data-comment]") : null;
    if (marked) onOpen(Number(marked.dataset.comment));
  };
  return [marks, EditorView.domEventHandlers({ click })];
}

export function showMarks(view: EditorView, commented: readonly Commented[]): void {
  view.dispatch({ effects: setMarks.of(commented) });
}

function decorationsOf(commented: readonly Commented[]): DecorationSet {
  const ranges = commented.map(({ comment, from, to }) =>
    Decoration.mark({ class: "commented", attributes: { "data-comment": String(comment) } }).range(from, to),
  );
  return Decoration.set(ranges, true);
}
