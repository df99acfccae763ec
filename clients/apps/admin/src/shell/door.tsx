import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { discoverWallets, type Wallet } from "@parlour/client";
import { refresh, type Access } from "../data/server.js";
import { enter } from "../data/session.js";
import { claim, spendClaim } from "./claim.js";

const DOORS: Record<Exclude<Access, "open">, { title: string; text: string }> = {
  locked: {
    title: "Sign in first",
    text: "The console is for people with a server role. Sign in with the wallet that has one.",
  },
  forbidden: {
    title: "This needs a server role",
    text: "You are signed in, but your account is neither viewer, moderator, operator nor admin of this server. Ask whoever runs it to give you a role, or sign in with another wallet.",
  },
  lost: { title: "No answer", text: "The server does not answer. This page keeps trying." },
  loading: { title: "One moment", text: "Asking the server how it is." },
};
const CLAIM = {
  title: "Claim this server",
  text: "The wallet you sign in with becomes the first admin. The link works once.",
};

/** What is shown instead of the console to those it is closed to: a way to sign in, or why it is closed. */
export function Door({ state }: { state: Access }) {
  const { title, text } = claim.value ? CLAIM : DOORS[state === "open" ? "loading" : state];
  return (
    <main class="door">
      <p class="wordmark">Parlour console</p>
      <h1>{title}</h1>
      <p>{text}</p>
      {(claim.value || state === "locked" || state === "forbidden") && <Wallets />}
      <a class="button" href="../">
        To the front page
      </a>
    </main>
  );
}

/** The wallets of this browser; a signature with one of them signs in, and claims where a link was opened. */
function Wallets() {
  const wallets = useSignal<Wallet[]>([]);
  const fault = useSignal("");
  useEffect(() => discoverWallets({ onWallets: (found) => (wallets.value = found) }), []);
  const choose = async ({ provider }: Wallet): Promise<void> => {
    fault.value = "";
    try {
      await enter(provider, spendClaim);
      await refresh();
    } catch (error) {
      fault.value = (error as Error).message;
    }
  };
  return (
    <>
      <div class="tools">
        {wallets.value.map((wallet) => (
          <button key={wallet.info.uuid} class="primary" onClick={() => void choose(wallet)}>
            {wallet.info.name}
          </button>
        ))}
      </div>
      {wallets.value.length === 0 && <p>No wallet was found in this browser.</p>}
      {fault.value && (
        <p class="fault" role="alert">
          {fault.value}
        </p>
      )}
    </>
  );
}
