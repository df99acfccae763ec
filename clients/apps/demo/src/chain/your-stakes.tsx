/** Shows the stakes that lie in contracts of other tables than the one on the page, and gives them back. */
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { formatEther } from "@parlour/ui/format";
import { me, provider } from "../account/session.js";
import { active } from "../rooms/open-rooms.js";
import { readStakes, type KeptStake } from "./kept-stakes.js";
import { Send } from "./send.js";
import { contractOf } from "./contract.js";
import { refund, sending, stakedIn } from "./stake.js";

/** Nothing while no stake lies elsewhere. */
export function YourStakes() {
  const found = useSignal<{ kept: KeptStake; wei: bigint }[]>([]);
  const room = active.value;
  useEffect(() => {
    let current = true;
    const asked = readStakes(me.value).map(async (kept) => ({ kept, wei: (await stakedIn(kept)) ?? 0n }));
    void Promise.all(asked).then((all) => current && (found.value = all.filter(({ wei }) => wei > 0n)));
    return () => void (current = false);
  }, [me.value, provider.value, sending.value, room?.id]);
  const here = room && room.view.value?.stakes ? contractOf(room.room.info)?.address : undefined;
  const elsewhere = found.value.filter(({ kept }) => kept.address !== here);
  if (elsewhere.length === 0) return null;
  return (
    <section class="your-stakes" aria-label="Your stakes">
      <h2>Your stakes</h2>
      <ul>
        {elsewhere.map(({ kept, wei }) => (
          <li key={kept.address}>
            <p>
              {formatEther(wei)} ETH <span class="fine">of “{kept.title}”</span>
            </p>
            <Send contract={kept} what="refund" run={() => refund(kept)}>
              Take back<span class="hidden"> the stake of {kept.title}</span>
            </Send>
          </li>
        ))}
      </ul>
    </section>
  );
}
