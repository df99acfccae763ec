import { useComputed } from "@preact/signals";
import { overview } from "../data/server.js";
import { When } from "../frame/when.js";

/** When somebody left last; those who are connected are here now. */
export function Seen({ account, at }: { account: string; at: number | null }) {
  const here = useComputed(() => overview.value?.connections.some((each) => each.account === account) === true);
  return here.value ? <>here now</> : <When at={at} />;
}
