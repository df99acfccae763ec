/** What an operator does to the server: one request with a reason, asked for in a dialog, undone where it can be. */
import { signal } from "@preact/signals";
import { ask, type Method } from "../data/api.js";
import { changes } from "../data/load.js";
import { tell } from "./toast.js";

export interface ActField {
  name: string;
  label: string;
  /** Choices of a select; without them it is a text. */
  options?: readonly (readonly [value: string, text: string])[];
  type?: "text" | "number" | "textarea";
  value?: string;
  optional?: boolean;
}

export interface Act {
  /** What the button says: a verb. */
  name: string;
  /** What it does, in a sentence. */
  text: string;
  path: string;
  method?: Method;
  fields?: readonly ActField[];
  /** Sent as it is, beside what is asked for. */
  body?: Readonly<Record<string, unknown>>;
  /** Makes a body of what was typed, where names and texts are not it. */
  toBody?: (typed: Readonly<Record<string, string>>) => Record<string, unknown>;
  /** What must be typed before it may happen, because it cannot be undone. */
  typed?: string;
  /** What is told afterwards. */
  done: string;
  undo?: Act;
  /** Called with the answer. */
  then?: (answer: Record<string, unknown>) => void;
}

/** The act whose dialog is open. */
export const asked = signal<Act | null>(null);

export function begin(act: Act): void {
  asked.value = act;
}

/** Carry an act out; the same `id` again changes nothing twice. @throws ParlourError as the server refuses. */
export async function carryOut(
  act: Act,
  typed: Readonly<Record<string, string>>,
  reason: string,
  id: string,
): Promise<void> {
  const { path, method = "POST", body, toBody, undo, done, then } = act;
  const filled = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== ""));
  const answer = await ask<Record<string, unknown>>(path, method, {
    ...body,
    ...(toBody ? toBody(filled) : filled),
    reason,
    id,
  });
  changes.value += 1;
  const undoing = undo && {
    name: "Undo",
    run: async (): Promise<void> => {
      await carryOut(undo, {}, `Undoes: ${reason}`.slice(0, 500), crypto.randomUUID());
    },
  };
  tell(done, undoing);
  then?.(answer);
}
