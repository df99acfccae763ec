import { useSignal } from "@preact/signals";
import { ParlourError, type Room } from "@parlour/client";
import { report } from "../shell/toast.js";
import { rawAmount, send, track, type TokenFacts } from "./wallet-room.js";

interface SendFormProps {
  room: Pick<Room, "track">;
  chain: number;
  tokens: (TokenFacts & { token: string })[];
}

/** Asks the wallet to send an amount of what is followed; a refusal keeps what was typed. */
export function SendForm({ room, chain, tokens }: SendFormProps) {
  const token = useSignal(tokens[0]!.token);
  const to = useSignal("");
  const amount = useSignal("");
  const asking = useSignal(false);
  const submit = async (): Promise<void> => {
    const { decimals } = tokens.find((one) => one.token === token.value)!;
    const raw = rawAmount(amount.value, decimals);
    if (raw === null) throw notAnAmount(decimals);
    asking.value = true;
    try {
      const hash = await send({ chain, token: token.value, to: to.value.trim(), amount: raw });
      amount.value = ""; // before anything else can fail: sent again it would be paid twice
      await track(room, chain, hash);
    } finally {
      asking.value = false;
    }
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    submit().catch(report);
  };
  return (
    <section aria-labelledby="send-title">
      <h3 id="send-title">Send</h3>
      <form class="wallet-form" onSubmit={onSubmit}>
        <label>
          What
          <select value={token.value} onChange={(event) => (token.value = event.currentTarget.value)}>
            {tokens.map((one) => (
              <option key={one.token} value={one.token}>
                {one.symbol}
              </option>
            ))}
          </select>
        </label>
        <label>
          Amount
          <input
            required
            inputMode="decimal"
            value={amount.value}
            onInput={(event) => (amount.value = event.currentTarget.value)}
          />
        </label>
        <label>
          To
          <input
            required
            pattern="\s*0x[0-9a-fA-F]{40}\s*"
            placeholder="0x…"
            value={to.value}
            onInput={(event) => (to.value = event.currentTarget.value)}
          />
        </label>
        <button class="brass" disabled={asking.value}>
          {asking.value ? "Confirm in your wallet…" : "Send"}
        </button>
      </form>
    </section>
  );
}

function notAnAmount(decimals: number): ParlourError {
  const message = `Write the amount as a number with at most ${decimals} digits after its point.`;
  return new ParlourError({ code: "invalid", message, retryable: false });
}
