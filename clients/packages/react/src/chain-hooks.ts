import { deadSeqs, type Entry, type EntryOf, type Hex, type MarketState, type RoomId } from "@parlour/client";
import type { Finality, RoomAnnounced, WalletTransaction } from "@parlour/client";
import { useAccount } from "./provider.js";
import { useOpenRoom, useRoomOr, type Part } from "./rooms.js";
import { useGame, type Viewed } from "./room-hooks.js";
import { all, fixed, useStore } from "./store.js";

const NO_ENTRIES: readonly Entry[] = [];

export interface EventFilter {
  /** The event's name. */
  event?: string;
  chain?: number;
  address?: string;
}

/** Return the on-chain events of a room that stand, oldest first: those that a reorganisation undid are left out. */
export function useChainEvents(filter: EventFilter = {}, room?: Part<"entries">): readonly EntryOf<"chain.event">[] {
  const { event, chain, address } = filter;
  const wanted = address?.toLowerCase();
  const select = (entries: readonly Entry[]): EntryOf<"chain.event">[] => {
    const dead = deadSeqs(entries);
    return entries.filter(
      (entry): entry is EntryOf<"chain.event"> =>
        entry.type === "chain.event" &&
        !dead.has(entry.seq) &&
        (event === undefined || entry.body?.event === event) &&
        (chain === undefined || entry.body?.chain === chain) &&
        (wanted === undefined || entry.body?.address.toLowerCase() === wanted),
    );
  };
  return useStore(useRoomOr(room).entries, select, NO_ENTRIES, [event, chain, wanted]);
}

/** Return how a tracked transaction fares, by its hash; null before the room says so. `room.track` begins it. */
export function useTransaction(hash: Hex | null | undefined, room?: Part<"entries">): WalletTransaction | null {
  const wanted = hash?.toLowerCase();
  const isIt = (entry: Entry): boolean =>
    entry.type === "wallet.transaction" && entry.body?.hash.toLowerCase() === wanted;
  return useNewest(isIt, room, wanted);
}

/** Return what the server's operators announced last in a room, as far as its entries are held; null for nothing. */
export function useAnnouncement(room?: Part<"entries">): RoomAnnounced | null {
  return useNewest((entry) => entry.type === "room.announced", room);
}

/** Return the body of the newest entry that fits, which `wanted` says beside the function. */
function useNewest<Body>(fits: (entry: Entry) => boolean, room?: Part<"entries">, wanted?: string): Body | null {
  const newest = (entries: readonly Entry[]): Body | null => (entries.findLast(fits)?.body ?? null) as Body | null;
  return useStore(useRoomOr(room).entries, newest, NO_ENTRIES, [wanted]);
}

export interface Balance {
  /** In the smallest unit; null where the token gave no answer. */
  balance: string | null;
  status: Finality;
  block: { number: number; hash: Hex };
}

interface WalletView {
  balances: Record<string, Record<string, Balance>>;
}

/** What is read of a room that nobody opened. */
const NO_VIEW: Viewed<never> = { view: fixed(undefined) };

/** Return a balance of one's own that one's wallet room follows (its options `chains`, `tokens`); null where it does not. */
export function useBalance({ chain, token = "native" }: { chain: number; token?: string }): Balance | null {
  const account = useAccount();
  const room = useOpenRoom(account ? `wallet:${account}` : null) as Viewed<WalletView> | null;
  const wanted = token.toLowerCase();
  const select = (view: WalletView | undefined): Balance | null =>
    Object.entries(view?.balances[chain] ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1] ?? null;
  return useStore((room ?? NO_VIEW).view, select, undefined, [chain, wanted]);
}

/** Return a market as its room shows it, or what `select` takes of it; undefined before it is joined. */
export function useMarket(room: RoomId): MarketState | undefined;
export function useMarket<Selected>(room: RoomId, select: (market: MarketState) => Selected): Selected | undefined;
export function useMarket<Selected>(
  room: RoomId,
  select?: (market: MarketState) => Selected,
): Selected | MarketState | undefined {
  return useGame(
    useOpenRoom(room) as Viewed<MarketState>,
    select ?? (all as (market: MarketState) => MarketState | Selected),
  );
}
