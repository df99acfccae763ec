/** Who is signed in to the console: a cookie that no script reads holds the session, this page its CSRF token alone. */
import { signal } from "@preact/signals";
import { ParlourError, resumeSession, signIn, signOut, type ErrorBody, type Provider } from "@parlour/client";
import { serverAt } from "@parlour/ui/server";

interface ConsoleSession {
  account: string;
  csrf: string;
}

const base = serverAt(location, "admin/");
const server = base ? { url: base } : {};
/** Says that this browser has the cookie, so that nobody is asked for one that was never given. */
const HAS_COOKIE = "parlour.console";
/** The CSRF token; empty where nobody is signed in, undefined until that is known. */
let csrf: string | undefined;

/** The account that is signed in; empty where there is none, as under `parlour dev`. */
export const me = signal("");

/** The headers that authorise a request, beside the cookie that the browser sends by itself. */
export async function credentials(): Promise<Record<string, string>> {
  csrf ??= begin((await ofCookie()) ?? (await ofFrontPage()));
  return csrf ? { "X-CSRF-Token": csrf } : {};
}

/** Read the session anew before the next request. */
export function forgetCredentials(): void {
  csrf = undefined;
}

/**
 * Sign in with a wallet; `first` is done with the session's own headers before the cookie takes its place.
 * @throws ParlourError as the SDK's `signIn`, and where the server gives no cookie
 */
export async function enter(
  provider: Provider,
  first: (headers: Record<string, string>) => Promise<void>,
): Promise<void> {
  const headers = bearer(await signIn({ ...server, provider, storage: null }));
  await first(headers);
  const answer = await fetch(`${base}/auth/console`, { method: "POST", headers });
  if (!answer.ok) throw new ParlourError(((await answer.json()) as { error: ErrorBody }).error);
  csrf = begin((await answer.json()) as ConsoleSession);
}

/** End the session, on the front page of this tab too. @throws ParlourError when the server cannot be reached */
export async function leave(): Promise<void> {
  const front = await resumeSession(server);
  if (front) await signOut({ ...server, token: front.token });
  await fetch(`${base}/auth/console`, { method: "DELETE", headers: await credentials() });
  csrf = begin(undefined);
}

/** Note whose session it is, and return its CSRF token. */
function begin(session: ConsoleSession | undefined): string {
  me.value = session?.account ?? "";
  if (session) localStorage.setItem(HAS_COOKIE, "1");
  else localStorage.removeItem(HAS_COOKIE);
  return session?.csrf ?? "";
}

/** Return the session of this browser's cookie. */
async function ofCookie(): Promise<ConsoleSession | undefined> {
  return localStorage.getItem(HAS_COOKIE) ? sessionOf(await fetch(`${base}/auth/console`)) : undefined;
}

/** Return the front page's session in this tab as the console's: whoever is signed in there is so here. */
async function ofFrontPage(): Promise<ConsoleSession | undefined> {
  const session = await resumeSession(server);
  if (!session) return undefined;
  return sessionOf(await fetch(`${base}/auth/console`, { method: "POST", headers: bearer(session) }));
}

async function sessionOf(answer: Response): Promise<ConsoleSession | undefined> {
  return answer.ok ? ((await answer.json()) as ConsoleSession) : undefined;
}

function bearer({ token }: { token: string }): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}
