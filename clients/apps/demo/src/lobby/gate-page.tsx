import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { describeGate, type GateNeed } from "@parlour/client";
import { formatEther } from "@parlour/ui/format";
import { buy, priceOf, tokenOf, type Sold } from "../chain/buying.js";
import { lookAgain } from "../rooms/open-rooms.js";
import { report } from "../shell/toast.js";

/** Says what a gated room asks for, and what this account has of it. */
export function GatePage({ needs }: { needs: readonly GateNeed[] }) {
  return (
    <section class="empty nowhere" aria-label="A gated room">
      <h1>This room is for those who hold something</h1>
      <p>To come in you need:</p>
      <ul>
        {needs.map(({ leaf, have }, at) => (
          <li key={at}>
            {describeGate(leaf)}
            {have !== null && <span class="fine"> You have {have}.</span>}
            <Buy need={{ leaf, have }} />
          </li>
        ))}
      </ul>
      <button class="primary" onClick={lookAgain}>
        Look again
      </button>
      <p class="fine">The room opens by itself as soon as the chain says that you hold it.</p>
    </section>
  );
}

/** A button that buys what is missing, where the token's contract sells it. */
function Buy({ need: { leaf, have } }: { need: GateNeed }) {
  const sold = tokenOf(leaf);
  const missing = sold && have !== null && "min" in leaf ? BigInt(leaf.min ?? 1) - BigInt(have) : 0n;
  return sold && missing > 0n ? <BuyTokens sold={sold} missing={missing} /> : null;
}

function BuyTokens({ sold, missing }: { sold: Sold; missing: bigint }) {
  const price = useSignal<bigint | null>(null);
  const stage = useSignal<"idle" | "asked" | "sent">("idle");
  useEffect(() => {
    let wanted = true;
    void priceOf(sold).then((found) => wanted && (price.value = found));
    return () => void (wanted = false);
  }, [sold.chain, sold.token]);
  if (price.value === null) return null;
  const wei = price.value * missing;
  const pay = async (): Promise<void> => {
    stage.value = "asked";
    try {
      await buy(sold, wei);
      stage.value = "sent";
    } catch (error) {
      stage.value = "idle";
      report(error);
    }
  };
  return (
    <p>
      <button class="brass" disabled={stage.value !== "idle"} onClick={() => void pay()}>
        {stage.value === "idle" && `Buy ${missing} for ${formatEther(wei)} ETH`}
        {stage.value === "asked" && "Confirm in your wallet…"}
        {stage.value === "sent" && "Waiting for a block…"}
      </button>
    </p>
  );
}
