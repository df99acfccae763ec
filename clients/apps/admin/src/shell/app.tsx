import { access, overview } from "../data/overview.js";
import { Console } from "./console.js";

export function App() {
  const state = access.value;
  if (state === "locked")
    return (
      <Door
        title="Sign in first"
        text="The console shows its figures to people with a server role. Sign in on the front page with the wallet that has one, then come back in this tab."
      />
    );
  if (state === "forbidden")
    return (
      <Door
        title="This needs a server role"
        text="You are signed in, but your account is neither viewer, moderator, operator nor admin of this server. Ask whoever runs it to grant you a role."
      />
    );
  if (!overview.value)
    return (
      <Door
        title={state === "lost" ? "No answer" : "One moment"}
        text={state === "lost" ? "The server does not answer. This page keeps trying." : "Asking the server how it is."}
      />
    );
  return <Console data={overview.value} />;
}

function Door({ title, text }: { title: string; text: string }) {
  return (
    <main class="door">
      <p class="wordmark">Parlour console</p>
      <h1>{title}</h1>
      <p>{text}</p>
      <a class="button" href="../">
        To the front page
      </a>
    </main>
  );
}
