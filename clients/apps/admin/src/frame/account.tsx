import { Avatar } from "@parlour/ui/avatar";
import { shortAccount } from "@parlour/ui/format";
import { hrefOf } from "../shell/router.js";
import { Copy } from "./copy.js";

/** Somebody: picture and short address, leading to their page, with a button that copies the whole. */
export function Account({ account, name, plain }: { account: string; name?: string | null; plain?: boolean }) {
  if (!account) return <span class="muted">guest</span>;
  const face = (
    <>
      <Avatar account={account} size={20} />
      <span class={name ? "" : "mono"}>{name || shortAccount(account)}</span>
    </>
  );
  if (plain) return <span class="account">{face}</span>;
  return (
    <span class="account">
      <a href={hrefOf("people", account)} title={account}>
        {face}
      </a>
      <Copy text={account} what="the address" />
    </span>
  );
}
