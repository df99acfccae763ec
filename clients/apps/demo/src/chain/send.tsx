import type { ComponentChildren } from "preact";
import { report } from "../shell/toast.js";
import type { Contract } from "./contract.js";
import { sending, type Sending } from "./stake.js";

interface SendProps {
  contract: Contract;
  what: Sending["what"];
  run: () => Promise<void>;
  /** Whether a transaction has arrived where it is waited for. */
  isThere?: (tx: string) => boolean;
  children: ComponentChildren;
}

/** A button that asks the wallet for a transaction, and says how far it is. */
export function Send({ contract, what, run, isThere = () => false, children }: SendProps) {
  const mine = sending.value?.address === contract.address ? sending.value : null;
  const waits = mine !== null && !(mine.tx && isThere(mine.tx));
  return (
    <button class={what === "stake" ? "brass" : "outlined"} disabled={waits} onClick={() => run().catch(report)}>
      {!waits || mine.what !== what ? children : mine.tx ? "Waiting for a block…" : "Confirm in your wallet…"}
    </button>
  );
}
