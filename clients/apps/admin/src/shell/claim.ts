/** The one-time link of `parlour claim`: `#claim=<secret>`. */
import { signal } from "@preact/signals";
import { ask } from "../data/api.js";

/** The secret of the link that was opened; empty without one. */
export const claim = signal("");

/** Take the secret out of the address, so that it stays in no history. */
export function takeClaim(): void {
  const found = /^#claim=(.+)$/.exec(location.hash)?.[1];
  if (!found) return;
  claim.value = decodeURIComponent(found);
  history.replaceState(null, "", location.pathname);
}

/** Become the server's first admin, where a link was opened. @throws ParlourError where it is over, or was used */
export async function spendClaim(headers: Record<string, string>): Promise<void> {
  if (!claim.value) return;
  await ask("/auth/claim", "POST", { claim: claim.value }, headers);
  claim.value = "";
}
