import type { Account } from "@parlour/client";
import { shortAccount } from "@parlour/ui/format";
import { isBot, nameOf } from "../account/names.js";
import { me } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";

/** Whom one may mention in a room: who is here, who wrote of late, and everybody. */
export function peopleOf(room: OpenRoom): { account: Account; name: string; detail: string }[] {
  const wrote = room.messages.value.map(({ author }) => author).reverse();
  const accounts = new Set([...(room.presence.value.members ?? []), ...wrote]);
  const people = [...accounts].filter((account) => account && account !== me.value && !isBot(account));
  const named = people.map((account) => ({ account, name: nameOf(account), detail: shortAccount(account) }));
  const all = [{ account: "@here", name: "here", detail: "everybody who is here now" }];
  if (room.moderates.value) all.push({ account: "@room", name: "room", detail: "everybody in this room" });
  return [...named, ...all];
}
