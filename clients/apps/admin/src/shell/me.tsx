import { me } from "../data/session.js";
import { Account } from "../frame/account.js";

/** Who looks: an account, or whoever sits at the machine of `parlour dev`. */
export function Me() {
  return <span class="me">{me.value ? <Account account={me.value} plain /> : <span class="muted">dev</span>}</span>;
}
