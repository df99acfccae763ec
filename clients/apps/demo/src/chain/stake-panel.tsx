/** Shows what a player has at stake, where it is, who can take it, and the buttons to put it in and take it back. */
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { formatEther, shortAccount } from "@parlour/ui/format";
import { me } from "../account/session.js";
import { timelineOf } from "../chat/timeline.js";
import type { GameView } from "../games/game.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { Send } from "./send.js";
import { SettlementPanel } from "./settlement-panel.js";
import { amountOf, contractOf, type Contract } from "./contract.js";
import { refund, sending, stake, stakedIn } from "./stake.js";

interface StakeProps {
  room: OpenRoom;
  view: GameView;
}

/** Nothing at a table without a stake; the escrow's own panel at a settled one. */
export function StakePanel({ room, view }: StakeProps) {
  if (view.settlement) return <SettlementPanel settlement={view.settlement} seats={view.players.length} />;
  const contract = contractOf(room.room.info);
  if (!contract || !view.stakes) return null;
  return <Stakes room={room} view={view} contract={contract} />;
}

function Stakes({ room, view, contract }: StakeProps & { contract: Contract }) {
  const seat = room.seat.value;
  const closed = room.ended.value !== null;
  const mine = useStaked(room, view, contract);
  const playing = seat !== null && !closed && view.status === "playing";
  const owes = seat !== null && (view.unstaked?.includes(seat) ?? false);
  const isThere = (tx: string): boolean =>
    timelineOf(room).value.some((item) => item.kind === "chain" && item.tx === tx);
  const missing = BigInt(amountOf(contract)) - BigInt(view.stakes?.[seat ?? -1] ?? "0");
  return (
    <div class="stakes">
      <div class="row actions">
        {owes && missing > 0n && !closed && (
          <Send contract={contract} what="stake" run={() => stake(contract, missing, room.title)} isThere={isThere}>
            Stake {formatEther(missing)} ETH
          </Send>
        )}
        {mine > 0n && !(playing && !owes) && (
          <Send contract={contract} what="refund" run={() => refund(contract)} isThere={isThere}>
            Take my {formatEther(mine)} ETH back
          </Send>
        )}
      </div>
      <p class="fine">{describeStake(view, seat, mine, closed)}</p>
      <details class="fine">
        <summary>Where the money is</summary>
        <p>
          In the contract <code title={contract.address}>{shortAccount(contract.address)}</code> on chain{" "}
          {contract.chain}. A stake is its player’s own: that player alone can take it out, at any time; nobody else at
          the table can, nor whoever opened it, nor this server. Whoever takes a stake back during a game makes no moves
          until it is in again, and the clock goes on.
        </p>
      </details>
    </div>
  );
}

/** Say what a stake is worth now, and how it comes back. */
export function describeStake({ status, result }: GameView, seat: number | null, mine: bigint, closed = false): string {
  const own = mine > 0n ? " Take yours back when you like." : "";
  if (closed) return `This table is closed to you, and no stake is lost.${own}`;
  if (status === "ended" && result?.aborted) return `The game was broken off, and no stake is lost.${own}`;
  if (status === "ended") return `Winning pays nothing yet: each stake is still its player’s own.${own}`;
  if (seat === null) return mine > 0n ? `You do not play here.${own}` : "Winning pays nothing yet.";
  if (status === "waiting") return `The game begins when every stake is in. Winning pays nothing yet.${own}`;
  return "Winning pays nothing yet. Your stake can be taken back after the game, or when you leave it.";
}

/** What this account has in the contract, in wei: as the chain says, else as the table does. */
function useStaked(room: OpenRoom, view: GameView, contract: Contract): bigint {
  const told = useSignal<bigint | null>(null);
  const events = timelineOf(room).value.filter((item) => item.kind === "chain");
  const news = events.map(({ seq, status }) => `${seq}${status}`).join();
  useEffect(() => {
    let current = true;
    void stakedIn(contract).then((wei) => current && (told.value = wei));
    return () => void (current = false);
  }, [contract.address, me.value, news, sending.value]);
  const seat = view.players.indexOf(me.value);
  return told.value ?? BigInt(view.stakes?.[seat] ?? "0");
}
