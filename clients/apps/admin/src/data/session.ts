/** Who is signed in to the console: one session for it and the front page on the same origin. */
import { signal } from "@preact/signals";
import { resumeSession, signIn, type Provider } from "@parlour/client";
import { serverAt } from "@parlour/ui/server";

const base = serverAt(location, "admin/");
const server = base ? { url: base } : {};
/** Of the session; undefined until it was read. */
let token: string | undefined;

/** The account that is signed in; empty where there is none, as under `parlour dev`. */
export const me = signal("");

/** The headers that authorise a request. */
export async function credentials(): Promise<Record<string, string>> {
  if (token === undefined) {
    const session = await resumeSession(server);
    token = session?.token;
    me.value = session?.account ?? "";
  }
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** Read the session anew before the next request. */
export function forgetCredentials(): void {
  token = undefined;
}

/** Sign in with a wallet. @throws ParlourError as the SDK's `signIn` */
export async function enter(provider: Provider): Promise<void> {
  const session = await signIn({ ...server, provider });
  token = session.token;
  me.value = session.account;
}
