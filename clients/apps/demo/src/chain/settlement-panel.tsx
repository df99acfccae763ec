/** Shows how a settled table stands with its escrow: whose stake is in, what is final, what was claimed and paid. */
import { formatEther, formatTime, shortAccount } from "@parlour/ui/format";
import { Fact } from "../shell/fact.js";

/** An ended round, as the escrow has it. */
export interface SettledRound {
  state: "unsettled" | "open" | "claimed" | "disputed" | "settled" | "refunded";
  tx?: string;
  status?: "included" | "finalized";
  /** Milliseconds since 1970: when a claimed result is paid. */
  settleAt?: number;
}

/** The `settlement` of a game's view (docs/protocol.md section 16). */
export interface Settlement {
  chain: number;
  escrow: string;
  /** Wei that each player puts in. */
  stake: string;
  referee: string;
  /** The round that is played, or comes next. */
  nonce: number;
  /** Seats whose stake is in. */
  funded: number[];
  /** Whether something that the game rests on may still be undone. */
  provisional: boolean;
  rounds: Record<string, SettledRound>;
}

/** @param seats how many there are at the table. */
export function SettlementPanel({ settlement, seats }: { settlement: Settlement; seats: number }) {
  const { chain, escrow, stake, funded, provisional, nonce } = settlement;
  const rounds = Object.entries(settlement.rounds);
  return (
    <section class="stakes" aria-label="Escrow">
      <dl class="facts">
        <Fact name="Each puts in" value={`${formatEther(stake)} ETH`} />
        <Fact name={`Funded, round ${nonce}`} value={`${funded.length} of ${seats}`} />
        <Fact name="On the chain" value={provisional ? "provisional" : "final"} />
      </dl>
      <ul class="fine" aria-label="Rounds" role="status">
        {rounds.map(([number, round]) => (
          <li key={number} title={round.tx}>
            Round {number}: {describeRound(round)}
          </li>
        ))}
      </ul>
      <details class="fine">
        <summary>Where the money is</summary>
        <p>
          In the escrow <code title={escrow}>{shortAccount(escrow)}</code> on chain {chain}. The winner is paid by the
          referee’s signature, or by that of all players; this server holds nothing. Without a result every stake goes
          back after the deadline.
        </p>
      </details>
    </section>
  );
}

/** Say in words how a round stands. */
export function describeRound({ state, status, settleAt }: SettledRound): string {
  switch (state) {
    case "unsettled":
      return "no referee signs here; the players do, or their stakes go back";
    case "open":
      return "the result is signed and waits for its claim";
    case "claimed":
      return settleAt ? `claimed, to be paid from ${formatTime(settleAt)}` : "claimed";
    case "disputed":
      return "corrected by the second referee";
    case "refunded":
      return "every stake went back";
    case "settled":
      return status === "finalized" ? "paid, and final" : "paid";
  }
}
