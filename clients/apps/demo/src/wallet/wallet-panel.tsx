/** Shows what an account holds, sends of it, and tells how far each transaction is, until a block is final. */
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Account, Client, Entry, JsonObject, Room } from "@parlour/client";
import { scaled } from "../market/amounts.js";
import { dev } from "../account/dev.js";
import { greeting } from "../shell/connection.js";
import { report } from "../shell/toast.js";
import { SendForm } from "./send-form.js";
import { activityOf, factsOf, follow, NATIVE, type Activity, type WalletView } from "./wallet-room.js";

const STATUS: Record<Activity["status"], string> = {
  submitted: "Sent",
  pending: "Waiting for a block",
  included: "In a block",
  safe: "Safe",
  finalized: "Final",
  failed: "Failed",
  replaced: "Replaced",
  dropped: "Dropped",
  orphaned: "Undone, and waiting for a block again",
};
const REPLACED = { repriced: "Sent again for another fee", cancelled: "Cancelled", replaced: "Replaced by another" };

export function WalletPanel({ client, account }: { client: Client; account: Account }) {
  const room = useSignal<Room<WalletView> | null>(null);
  const view = useSignal<WalletView | undefined>(undefined);
  const entries = useSignal<readonly Entry[]>([]);
  const options = useSignal<JsonObject>({});
  const chain = Number(greeting.value?.chainId ?? dev.value?.chain?.chainId);
  const watch = async (of: Room<WalletView>, token?: string): Promise<void> => {
    options.value = await follow(of, options.value, chain, token);
  };
  const begin = async (mine: Room<WalletView>): Promise<void> => {
    await mine.ready;
    options.value = mine.info.options ?? {};
    [view.value, entries.value] = [mine.view.get(), mine.entries.get()];
    try {
      if (!(options.value.chains as number[] | undefined)?.length) await watch(mine);
    } finally {
      if (mine.ended === null) room.value = mine; // it may follow nothing, and still tells what was sent
    }
  };
  useEffect(() => {
    const mine = client.openRoom<WalletView>({ room: `wallet:${account}` });
    mine.view.subscribe((now) => (view.value = now));
    mine.entries.subscribe((now) => (entries.value = now));
    begin(mine).catch((error: unknown) => mine.ended === "released" || report(error));
    return () => mine.release();
  }, [client, account]);
  const balances = Object.entries(view.value?.balances ?? {}).flatMap(([on, held]) =>
    Object.entries(held).map(([token, { balance, status }]) => ({ chain: Number(on), token, balance, status })),
  );
  const sent = balances.filter(({ chain: on, token }) => on === chain && token !== NATIVE).map(({ token }) => token);
  const activity = activityOf(entries.value);
  if (!room.value) return <p class="fine">Opening your wallet’s room…</p>;
  return (
    <>
      <section aria-labelledby="balances-title">
        <h3 id="balances-title">Balances</h3>
        {balances.length === 0 && <p class="fine">They are read at the next block of chain {chain}.</p>}
        <ul class="hits" aria-label="Balances">
          {balances.map(({ chain: on, token, balance, status }) => {
            const { symbol, decimals } = factsOf(entries.value, on, token);
            return (
              <li class="hit" key={`${on} ${token}`}>
                <strong>{balance === null ? "unknown" : scaled(balance, decimals)}</strong>{" "}
                <span title={token}>{symbol}</span>
                <span class="fine">
                  {" "}
                  on chain {on} · {STATUS[status as Activity["status"]] ?? status}
                </span>
              </li>
            );
          })}
        </ul>
        <FollowForm onFollow={(token) => watch(room.value!, token)} />
      </section>
      <SendForm
        room={room.value}
        chain={chain}
        tokens={[NATIVE, ...sent].map((token) => ({ token, ...factsOf(entries.value, chain, token) }))}
      />
      <section aria-labelledby="activity-title">
        <h3 id="activity-title">Transactions</h3>
        {activity.length === 0 && <p class="fine">What you send from here is followed until it is final.</p>}
        <div role="status" aria-label="Transactions">
          <ul class="hits">
            {activity.map((one) => (
              <li class="hit" key={one.hash}>
                <code title={one.hash}>{`${one.hash.slice(0, 8)}…${one.hash.slice(-4)}`}</code>{" "}
                <span class={`progress ${one.status}`}>{describeActivity(one)}</span>
              </li>
            ))}
          </ul>
        </div>
      </section>
    </>
  );
}

/** Say in words how far a transaction is. */
export function describeActivity({ status, replacement, reason }: Activity): string {
  const words = status === "replaced" && replacement ? REPLACED[replacement] : STATUS[status];
  return reason ? `${words}: ${reason}` : words;
}

/** Names a token whose balance is shown from now on. */
function FollowForm({ onFollow }: { onFollow: (token: string) => Promise<void> }) {
  const token = useSignal("");
  const add = (event: Event): void => {
    event.preventDefault();
    onFollow(token.value.trim()).then(() => (token.value = ""), report);
  };
  return (
    <form class="wallet-form" onSubmit={add}>
      <label>
        Token to follow
        <input
          required
          pattern="\s*0x[0-9a-fA-F]{40}\s*"
          placeholder="0x…"
          value={token.value}
          onInput={(event) => (token.value = event.currentTarget.value)}
        />
      </label>
      <button class="outlined">Follow</button>
    </form>
  );
}
