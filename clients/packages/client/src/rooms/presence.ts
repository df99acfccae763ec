import type { Account, PresenceEvent, PresenceSnapshot, ShownStatus } from "../protocol/types.js";

/** Return who is here after an event that follows `before`; undefined where one between is missing. */
export function presenceAfter(before: PresenceSnapshot, event: PresenceEvent): PresenceSnapshot | undefined {
  const { v, count, joined, left } = event;
  if (!joined || !left) return { v: v ?? before.v, count };
  if (v !== before.v + 1 || !before.members) return undefined;
  const stays = (account: Account): boolean => !left.includes(account);
  const members = [...new Set([...before.members.filter(stays), ...joined])];
  const said = kept(before.status, (account) => stays(account));
  const status = kept({ ...said, ...event.status }, (_, one) => !isPlain(one));
  const data = kept({ ...before.data, ...event.data }, (_, one) => one !== null);
  return { v, members, count, ...(status && { status }), ...(data && { data }) } as PresenceSnapshot;
}

/** Active, without a word about it: as whoever says nothing. */
function isPlain(said: ShownStatus): boolean {
  return said.status === "active" && Object.keys(said).length === 1;
}

/** Return the entries that fit; undefined where none does. */
function kept<Value>(
  all: Record<string, Value> = {},
  fits: (key: string, value: Value) => boolean,
): Record<string, Value> | undefined {
  const fitting = Object.entries(all).filter((entry) => fits(...entry));
  return fitting.length ? Object.fromEntries(fitting) : undefined;
}
