import { useSignal } from "@preact/signals";
import { Avatar } from "@parlour/ui/avatar";
import { ThemeIcon } from "@parlour/ui/icons";
import { toggleTheme } from "@parlour/ui/theme";
import { dev } from "./dev.js";
import { enter, guest } from "./session.js";
import { wallets, type WalletChoice } from "./wallets.js";
import { report } from "../shell/toast.js";

export function Welcome() {
  const asking = useSignal("");
  const choose = async (choice: WalletChoice): Promise<void> => {
    asking.value = choice.id;
    try {
      await enter(choice);
    } catch (error) {
      if (asking.value === choice.id) report(error);
    }
    if (asking.value === choice.id) asking.value = "";
  };
  return (
    <main class="welcome">
      <div class="welcome-text">
        <p class="wordmark">Parlour</p>
        <h1>Wallets meet in rooms, and the chain takes a seat.</h1>
        <p class="lead">
          Talk in the lobby, sit down at a table, put a stake on it, and watch the block that holds it arrive in the
          room. Nothing is shown before it is kept; nothing you missed is lost.
        </p>
      </div>
      <section class="card sign-in" aria-labelledby="sign-in-title">
        <h2 id="sign-in-title">Come in</h2>
        <p class="muted">Signing in is a signature: free, and no transaction.</p>
        <ul class="wallets">
          {wallets.value.map((choice) => (
            <li key={choice.id}>
              <button class="wallet" disabled={asking.value === choice.id} onClick={() => void choose(choice)}>
                <WalletIcon choice={choice} />
                <span class="wallet-name">{choice.name}</span>
                <span class="muted">{asking.value === choice.id ? "Sign in the wallet…" : choice.hint}</span>
              </button>
            </li>
          ))}
        </ul>
        {wallets.value.length === 0 && (
          <p class="empty">
            No wallet found in this browser. Install one, or open this page in the browser that has yours.
          </p>
        )}
        <div class="row">
          <button class="link" onClick={() => (guest.value = true)}>
            Look around as a guest
          </button>
          <button class="quiet" onClick={toggleTheme} title="Light or dark">
            <ThemeIcon />
            <span class="hidden">Light or dark</span>
          </button>
        </div>
        {dev.value && (
          <p class="fine">
            The dev wallets are well-known test accounts. Their keys are public: never send them anything of value.
          </p>
        )}
      </section>
    </main>
  );
}

function WalletIcon({ choice }: { choice: WalletChoice }) {
  if (choice.icon.startsWith("data:image/")) return <img src={choice.icon} width="36" height="36" alt="" />;
  return <Avatar account={choice.id.replace("dev:", "")} size={36} />;
}
