import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { MatchSearch, MatchStatus, ParlourError, RatingInfo } from "@parlour/client";
import { ratings } from "@parlour/client/play";
import { session } from "../account/session.js";
import { kinds } from "../games/kinds.js";
import { client } from "../shell/connection.js";
import { goTo } from "../shell/router.js";
import { report } from "../shell/toast.js";
import type { Options } from "./table-options.js";

/** Seconds of a turn from which on people play without being there, and a notice tells of the table. */
const OVER_DAYS = 3_600;

/** Looks for people to play a game with, and goes to the table once it is found. */
export function FindPlayers(props: { kind: string; options: Options; onFound: () => void }) {
  const { kind, options, onFound } = props;
  const search = useSignal<MatchSearch | null>(null);
  const status = useSignal<MatchStatus | null>(null);
  const held = useSignal<string | null>(null); // a ticket of an earlier visit, or of another tab
  const looking = search.value !== null || held.value !== null;
  const stop = (): void => {
    const begun = search.peek();
    const ticket = held.peek();
    search.value = status.value = held.value = null;
    // the table may have been found this very moment
    begun?.cancel().catch(() => undefined);
    if (ticket) client.value!.request("match:cancel", { ticket }).catch(() => undefined);
  };
  const overDays = (kinds.value.get(kind)?.turnSeconds ?? 0) >= OVER_DAYS;
  useEffect(() => () => (overDays ? (search.value = null) : stop()), [overDays]);
  const start = (): void => {
    const begun = (search.value = client.value!.findMatch({ kind, options }));
    begun.status.subscribe((now) => (status.value = now));
    begun.found.then(
      ({ room }) => {
        if (search.peek() !== begun) return; // a notice tells of it
        search.value = null;
        onFound();
        goTo(room);
      },
      (error: ParlourError) => {
        if (search.peek() === begun) search.value = null;
        const ticket = error.reason === "already_waiting" && error.details?.["ticket"];
        if (ticket) held.value = String(ticket);
        else if (error.reason !== "cancelled") report(error);
      },
    );
  };
  if (!session.value) return null;
  return (
    <div class="row">
      <button class="toggle" type="button" aria-pressed={looking} onClick={looking ? stop : start}>
        {looking ? "Stop looking" : "Find players"}
      </button>
      <span class="fine" role="status">
        {looking ? (
          describe(status.value, overDays, held.value !== null)
        ) : (
          <Rating kind={kind} account={session.value.account} />
        )}
      </span>
    </div>
  );
}

function describe(status: MatchStatus | null, overDays: boolean, held: boolean): string {
  if (held) return "You are in the line already: a notice tells you of the table";
  if (overDays) return "You need not wait here: a notice tells you of the table";
  if (!status) return "Looking for players…";
  const others = status.waiting - 1;
  const wide = `within ${status.within} points of your rating`;
  return others > 0 ? `${others} more waiting, ${wide}` : `Nobody else is waiting, ${wide}`;
}

/** One's own rating in a game; nothing in games without ratings. */
function Rating({ kind, account }: { kind: string; account: string }) {
  const rating = useSignal<RatingInfo | null>(null);
  useEffect(() => {
    if (!client.value) return;
    ratings(client.value, kind, [account]).then(
      (found) => (rating.value = found[account] ?? null),
      () => undefined, // the game has none
    );
  }, []);
  if (!rating.value) return null;
  const { rating: points, games, rank } = rating.value;
  return <>{games === 0 ? "Your rating begins with the first game" : `Your rating: ${points}, number ${rank}`}</>;
}
