import { connect, createSession, type Account, type Client, type ConnectOptions } from "@parlour/client";
import type { Session, SessionManager, Store } from "@parlour/client";
import { onServer } from "./store.js";

export interface DoorOptions extends ConnectOptions {
  /** A client that the application made, and closes itself; the other options are not used then. */
  client?: Client;
}

/** The client of a provider, another one after signing in or out. */
export interface Door extends Store<Client> {
  /** Null where the application gives the token. */
  session: SessionManager | null;
  /** Follow the session until the returned function is called; a moment later the client is closed. */
  open: () => () => void;
}

/** Make the door of a provider, without opening anything: its client is a guest, or the account of the session. */
export function makeDoor({ client: given, ...options }: DoorOptions): Door {
  const session = given ? null : sessionOf(options);
  const listeners = new Set<(client: Client) => void>();
  /** Whose the client is, once that is known. */
  let account: Account | undefined;
  let resuming: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let client = given ?? join();

  /** Continue the session that a reload left, once. */
  function resume(): Promise<void> {
    const once = async (): Promise<void> => {
      await session?.resume().catch(() => null); // the connection asks again what could not be answered
      account = session?.session.get()?.account ?? "";
    };
    return (resuming ??= once());
  }

  function join(): Client {
    const token = async (): Promise<string | undefined> => (await resume(), session!.token());
    const source = session && { token: { token, tokenEnded: (ended: string) => session.tokenEnded(ended) } };
    if (!onServer) return connect({ ...options, ...source });
    const inert = connect({ url: "http://server", ...options });
    inert.close(); // it shows nothing, and asks nothing
    return inert;
  }

  function renew(): void {
    const before = client;
    client = join();
    for (const listener of [...listeners]) listener(client);
    before.close();
  }

  function become(now: Session | null): void {
    if (account === undefined || account === (now?.account ?? "")) return; // not connected yet, or renewed
    account = now?.account ?? "";
    renew();
  }

  return {
    session,
    get: () => client,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    open() {
      clearTimeout(timer);
      if (!given && client.error?.reason === "closed") renew(); // it was hidden for a while
      const off = session?.session.subscribe(become);
      void resume();
      return () => {
        off?.();
        if (!given) timer = setTimeout(() => client.close());
      };
    },
  };
}

function sessionOf(options: ConnectOptions): SessionManager | null {
  const { token } = options;
  if (token === undefined) return createSession(options);
  const manager = token as Partial<SessionManager>; // of all that gives tokens it alone has a session to follow
  return manager.session ? (manager as SessionManager) : null;
}
