import type { Account } from "@parlour/client";
import { Avatar } from "@parlour/ui/avatar";
import { base } from "../shell/base.js";
import { profileOf } from "./names.js";

/** An account's picture: the one of its profile, else the pattern of its address. */
export function Face({ account, size = 32 }: { account: Account; size?: number }) {
  const { avatar } = profileOf(account);
  if (!avatar) return <Avatar account={account} size={size} />;
  return <img class="avatar" src={`${base}/api/avatars/${avatar}`} width={size} height={size} alt="" />;
}
