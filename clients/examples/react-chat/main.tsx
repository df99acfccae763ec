import {
  ParlourProvider,
  RoomProvider,
  useMessages,
  usePresence,
  useRoom,
  useSession,
  useTyping,
} from "@parlour/react";
import { StrictMode, type FormEvent } from "react";
import { createRoot } from "react-dom/client";

const SERVER = "http://localhost:8080";
const { ethereum } = window as unknown as { ethereum?: { request(asked: { method: string }): Promise<unknown> } };

function Talk() {
  const room = useRoom();
  const messages = useMessages();
  const typing = useTyping();
  const { count } = usePresence();
  const say = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("text"));
    event.currentTarget.reset();
    room.say(text).catch((error: Error) => alert(error.message));
  };
  return (
    <section>
      <p>{count} here</p>
      {messages.map(({ seq, author, text }) => (
        <p key={seq}>
          <b>{author.slice(0, 6)}</b> {text}
        </p>
      ))}
      <p>{typing.length > 0 && "somebody types …"}</p>
      <form onSubmit={say}>
        <input name="text" aria-label="Message" onInput={() => room.noteTyping()} />
      </form>
    </section>
  );
}

function Page() {
  const { session, signIn, signOut } = useSession();
  if (!session) return <button onClick={() => signIn().catch((error) => alert(error.message))}>Sign in</button>;
  return (
    <RoomProvider id="lobby">
      <button onClick={() => signOut()}>Sign out</button>
      <Talk />
    </RoomProvider>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ParlourProvider url={SERVER} wallet={ethereum}>
      <Page />
    </ParlourProvider>
  </StrictMode>,
);
