/** One sentence on what went wrong last, shown for a moment. */
import { signal } from "@preact/signals";
import { ParlourError } from "@parlour/client";

export const problem = signal("");

/** Show a person what went wrong. A refusal of the server or a wallet is expected; anything else is also logged. */
export function report(error: unknown): void {
  problem.value = error instanceof ParlourError ? error.message : "Something went wrong in this page.";
  if (!(error instanceof ParlourError)) console.error(error);
}
