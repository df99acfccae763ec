import { formatEther } from "@parlour/ui/format";
import type { GameView } from "./game.js";

/** Stands between two seats: what is on the table, or that they play against each other. */
export function Pot({ view: { stakes } }: { view: GameView }) {
  const pot = stakes?.reduce((sum, amount) => sum + BigInt(amount), 0n) ?? 0n;
  if (pot === 0n) return <p class="pot">{stakes ? "No stake yet" : "against"}</p>;
  return (
    <p class="pot">
      <strong>{formatEther(pot)}</strong> ETH
      <span class="hidden"> staked</span>
    </p>
  );
}
