import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Account, Client } from "@parlour/client";
import { report } from "../shell/toast.js";
import { pushState, startPush, stopPush, type PushState } from "./push.js";

/** Has the browser tell me of notices also while this page is closed, or no longer. */
export function PushSwitch({ client, account }: { client: Client; account: Account }) {
  const state = useSignal<PushState>("unable");
  useEffect(() => {
    pushState(client, account).then((now) => (state.value = now), report);
  }, [client, account]);
  const start = async (): Promise<void> => void (state.value = await startPush(client, account));
  const stop = async (): Promise<void> => {
    await stopPush();
    state.value = "off";
  };
  if (state.value === "unable") return null;
  return (
    <section aria-labelledby="push-title">
      <h3 id="push-title">While this page is closed</h3>
      {state.value === "refused" && (
        <p class="fine">Your browser shows no notifications of this site; its settings allow them.</p>
      )}
      {state.value === "off" && (
        <button class="outlined" onClick={() => start().catch(report)}>
          Tell me by notifications
        </button>
      )}
      {state.value === "on" && (
        <p class="fine">
          This browser tells you by notifications.{" "}
          <button class="link" onClick={() => stop().catch(report)}>
            No longer
          </button>
        </p>
      )}
    </section>
  );
}
