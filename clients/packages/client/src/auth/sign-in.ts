import { checksumAddress } from "../wallet/address.js";
import { ParlourError, unavailable, walletError } from "../protocol/errors.js";
import type { ErrorBody, NonceReply, RoomId, Session } from "../protocol/types.js";
import { formatSignInMessage } from "./siwe.js";
import { requestWallet, type Provider } from "../wallet/eip6963.js";

type SessionStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

interface AuthOptions {
  /** The server's address; default: where this page came from. */
  url?: string;
  /** Where the session outlives a reload; default: sessionStorage, null for nowhere. */
  storage?: SessionStorage | null;
}

export interface SignInOptions extends AuthOptions {
  provider: Provider;
  /** Which of the wallet's accounts; default: its first. */
  address?: string;
  /** A key that may sign posts for this account until the session ends, in `room` alone where one is named. */
  sessionKey?: { address: string; room?: RoomId };
}

/** Sign in with a wallet (EIP-4361 over `personal_sign`): one nonce, one signature, one session. */
export async function signIn(options: SignInOptions): Promise<Session> {
  const { provider, url = "" } = options;
  const accounts = await requestWallet<string[]>(provider, "eth_requestAccounts");
  const account = options.address ?? accounts[0];
  if (!account) throw walletError({ code: 4100 });
  const walletChain = Number(await requestWallet<string>(provider, "eth_chainId"));
  const { address: keyAddress, room } = options.sessionKey ?? {};
  const query = keyAddress ? `?sessionKey=${keyAddress}${room ? `&room=${room}` : ""}` : "";
  const nonce = await callAuth<NonceReply>(url, "GET", `nonce${query}`);
  const address = checksumAddress(account);
  const chainId = nonce.chainIds.includes(walletChain) ? walletChain : (nonce.chainIds[0] ?? walletChain);
  const resources = keyAddress ? [`urn:parlour:session-key:${keyAddress}${room ? `?room=${room}` : ""}`] : undefined;
  const message = formatSignInMessage({ ...nonce, address, chainId, resources });
  const signature = await requestWallet<string>(provider, "personal_sign", [toHex(message), address]);
  const session = await callAuth<Session>(url, "POST", "verify", { body: { message, signature } });
  storageOf(options)?.setItem(storageKey(url), JSON.stringify(session));
  return session;
}

/** The session that an earlier `signIn` left in storage, if the server still honours it; else null. */
export async function resumeSession(options: AuthOptions = {}): Promise<Session | null> {
  const { url = "" } = options;
  const session = readStored(options);
  if (!session) return null;
  try {
    return { ...session, ...(await callAuth<Session>(url, "GET", "session", { token: session.token })) };
  } catch (error) {
    if (error instanceof ParlourError && error.retryable) return session;
    storageOf(options)?.removeItem(storageKey(url));
    return null;
  }
}

/** End the session here and on the server; its sockets are closed within a second. */
export async function signOut(options: AuthOptions & { token: string }): Promise<void> {
  const { url = "", token } = options;
  storageOf(options)?.removeItem(storageKey(url));
  await callAuth<void>(url, "POST", "signout", { token });
}

async function callAuth<Reply>(
  url: string,
  method: "GET" | "POST",
  call: string,
  options: { body?: object; token?: string } = {},
): Promise<Reply> {
  const headers: Record<string, string> = {};
  if (options.body) headers["Content-Type"] = "application/json";
  if (options.token) headers.Authorization = `Bearer ${options.token}`;
  const init: RequestInit = { method, headers, ...(options.body && { body: JSON.stringify(options.body) }) };
  const answer = await fetch(`${url.replace(/\/$/, "")}/auth/${call}`, init).catch(() => {
    throw unavailable("network", "The server cannot be reached.");
  });
  if (answer.status === 204) return undefined as Reply;
  const reply = (await answer.json().catch(() => null)) as { error?: ErrorBody } | null;
  if (answer.ok && reply) return reply as Reply;
  throw reply?.error ? new ParlourError(reply.error) : unavailable("http", `The server answered ${answer.status}.`);
}

function toHex(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function storageOf(options: AuthOptions): SessionStorage | null {
  if (options.storage !== undefined) return options.storage;
  return typeof sessionStorage === "undefined" ? null : sessionStorage;
}

function storageKey(url: string): string {
  return `parlour:session:${url}`;
}

function readStored(options: AuthOptions): Session | null {
  try {
    const stored = storageOf(options)?.getItem(storageKey(options.url ?? ""));
    return stored ? (JSON.parse(stored) as Session) : null;
  } catch {
    return null;
  }
}
