/** What an account is called on the page. */
import { computed } from "@preact/signals";
import { checksumAddress, type Account } from "@parlour/client";
import { shortAccount } from "@parlour/ui/format";
import { dev } from "./dev.js";

const devNames = computed(
  () => new Map(dev.value?.wallets.map(({ address, name }) => [checksumAddress(address), name])),
);

/** Name a dev wallet by its owner, a game's bot as such, and any other account by its short address. */
export function nameOf(account: Account): string {
  if (isBot(account)) return "Bot";
  return devNames.value.get(account) ?? shortAccount(account);
}

export function isBot(account: Account): boolean {
  return account.startsWith("bot:");
}
