import type { RefObject } from "preact";
import { useId, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { OpenRoom } from "../rooms/open-room.js";
import { choicesFor, complete, tokenBefore, writeEmoji, type Choice, type Token } from "./completion.js";
import { peopleOf } from "./people-of.js";

export interface Completion {
  listId: string;
  choices: readonly Choice[];
  /** The position of the choice that Enter takes. */
  at: number;
  /** The id of that choice's element; undefined where there is none. */
  active: string | undefined;
  /** Look at what stands before the caret: write an emoji whose name is whole, unless it is composed, or offer some. */
  look: (isComposing: boolean) => void;
  close: () => void;
  take: (choice: Choice) => void;
  /** Act on a key; returns whether the list took it. */
  onKeyDown: (event: KeyboardEvent) => boolean;
}

/** Completes names and emoji in a field. @param write puts a text and a caret there, after a choice or a whole name. */
export function useCompletion(
  field: RefObject<HTMLTextAreaElement | null>,
  room: OpenRoom,
  write: (text: string, caret: number, choice?: Choice) => void,
): Completion {
  const listId = useId();
  const token = useRef<Token | null>(null);
  const choices = useSignal<readonly Choice[]>([]);
  const at = useSignal(0);
  const close = (): void => void (choices.value = []);
  const look = (isComposing: boolean): void => {
    const { value = "", selectionEnd } = field.current ?? {};
    const [caret, own] = [selectionEnd ?? 0, Object.keys(room.info.value.rules?.emoji ?? {})];
    const whole = isComposing ? null : writeEmoji(value, caret, own);
    token.current = whole ? null : tokenBefore(value, caret);
    choices.value = token.current ? choicesFor(token.current, peopleOf(room), own) : [];
    at.value = 0;
    if (whole) write(whole.text, whole.caret);
  };
  const take = (choice: Choice): void => {
    if (!field.current || !token.current) return;
    const { text, caret } = complete(field.current.value, token.current, choice);
    close();
    write(text, caret, choice);
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const { length } = choices.value;
    const chosen = choices.value[at.value];
    if (!chosen || event.isComposing) return false;
    if (event.key === "ArrowDown") at.value = (at.value + 1) % length;
    else if (event.key === "ArrowUp") at.value = (at.value + length - 1) % length;
    else if (event.key === "Enter" || event.key === "Tab") take(chosen);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const active = choices.value.length > 0 ? `${listId}-${at.value}` : undefined;
  return { listId, choices: choices.value, at: at.value, active, look, close, take, onKeyDown };
}

/** The choices above the field; arrow keys move in it, Enter and Tab take one. */
export function CompletionList({ completion: { listId, choices, at, take } }: { completion: Completion }) {
  return (
    <>
      <ul class="completions" id={listId} role="listbox" aria-label="Completions" hidden={choices.length === 0}>
        {choices.map((choice, i) => (
          <li
            key={choice.key}
            id={`${listId}-${i}`}
            role="option"
            aria-selected={i === at}
            onMouseDown={(event) => (event.preventDefault(), take(choice))}
          >
            {choice.sign} {choice.label} <span class="fine">{choice.detail}</span>
          </li>
        ))}
      </ul>
      <p class="hidden" role="status">
        {choices.length > 0 ? `${choices.length} completions; arrow keys choose, Enter takes one.` : ""}
      </p>
    </>
  );
}
