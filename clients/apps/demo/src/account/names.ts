/** What an account is called on the page: by its profile, its ENS name, or its address, in this order. */
import { computed, signal } from "@preact/signals";
import { checksumAddress, type Account, type Profile, type ProfileOptions, type RoomInfo } from "@parlour/client";
import * as named from "@parlour/client/names";
import { client, greeting } from "../shell/connection.js";
import { dev } from "./dev.js";
import { me } from "./session.js";

/** Accounts of one request: the server's most. */
const MOST = 100;
/** Milliseconds in which accounts are gathered for one request. */
const GATHERED_MS = 50;

const profiles = signal<ReadonlyMap<Account, Profile>>(new Map());
const asked = new Set<Account>();
let wanted: Account[] = [];

const devNames = computed(
  () => new Map(dev.value?.wallets.map(({ address, name }) => [checksumAddress(address), name])),
);

/** What a guest at this page is called. */
export const guestName = computed(() => named.nameOf("", {}, greeting.value?.guest));

/** Name an account; a game's bot as such, a dev wallet without a profile by its owner. */
export function nameOf(account: Account): string {
  return isBot(account) ? "Bot" : named.nameOf(account, shownProfile(account));
}

/** A name with what it is the name of, for where one cannot ask for the whole address. */
export function withAddress(account: Account): string {
  return isBot(account) ? "Bot" : named.withAddress(account, shownProfile(account));
}

function shownProfile(account: Account): Profile {
  const profile = profileOf(account);
  const owner = devNames.value.get(account);
  return profile.name || profile.ens || !owner ? profile : { ...profile, name: owner };
}

/** What a mention is called in a text: `here` and `room` stand for everybody. */
export function mentionName(account: string): string {
  return account.startsWith("@") ? account.slice(1) : nameOf(account);
}

/** What a room is called: a direct one by its people, myself left out. */
export function titleOfRoom({ id, title, options }: Pick<RoomInfo, "id" | "title" | "options">): string {
  const people = id.startsWith("dm:") ? ((options.accounts as Account[] | undefined) ?? []) : [];
  return (
    title ||
    people
      .filter((account) => account !== me.value)
      .map(nameOf)
      .join(", ") ||
    id
  );
}

/** What is known of an account; it is asked for when it is first wanted. */
export function profileOf(account: Account): Profile {
  if (account && !/^(bot|app):/.test(account) && !asked.has(account)) want(account);
  return profiles.value.get(account) ?? {};
}

/** Change one's own profile. @throws ParlourError */
export async function changeProfile(account: Account, options: ProfileOptions): Promise<void> {
  const changed = await client.peek()?.profile(options);
  if (changed) profiles.value = new Map(profiles.value).set(account, changed);
}

export function isBot(account: Account): boolean {
  return account.startsWith("bot:");
}

/** Gather accounts for one request; a refused one is asked again when it is wanted again. */
function want(account: Account): void {
  asked.add(account);
  wanted.push(account);
  if (wanted.length === 1) setTimeout(ask, GATHERED_MS);
}

function ask(): void {
  const accounts = wanted.splice(0, MOST);
  if (wanted.length > 0) setTimeout(ask, GATHERED_MS);
  client
    .peek()
    ?.profiles(accounts)
    .then(
      (found) => {
        profiles.value = new Map([...profiles.value, ...Object.entries(found)]);
      },
      () => accounts.forEach((account) => asked.delete(account)),
    );
}
