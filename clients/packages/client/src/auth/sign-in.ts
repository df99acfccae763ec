import { oddAnswer, ParlourError, walletError } from "../protocol/errors.js";
import type { NonceReply, RoomId, Session } from "../protocol/types.js";
import { areAddresses, checksumAddress } from "../wallet/address.js";
import { requestWallet, type Provider } from "../wallet/eip6963.js";
import { isForeign, noServer } from "../connection/reasons.js";
import { callAuth } from "./http.js";
import { formatSignInMessage } from "./siwe.js";
import { forgetSession, keepSession, keptSession, type AuthOptions } from "./storage.js";

export interface SignInOptions extends AuthOptions {
  provider: Provider;
  /** Which of the wallet's accounts; default: its first. */
  address?: string;
  /** A key that may sign posts for this account until the session ends, in `room` alone where one is named. */
  sessionKey?: { address: string; room?: RoomId };
  /** Until when the session may be renewed without the wallet; default: not beyond one session's length (24 h). */
  renewableUntil?: Date;
}

/**
 * Sign in with a wallet (EIP-4361 over `personal_sign`): one nonce, one signature, one session.
 * @throws ParlourError with code `wallet`, the sign-in rule that failed, or `unavailable`.
 */
export async function signIn(options: SignInOptions): Promise<Session> {
  const { provider, url = "", renewableUntil } = options;
  const accounts = await requestWallet<unknown>(provider, "eth_requestAccounts");
  if (!areAddresses(accounts)) throw oddAnswer("eth_requestAccounts");
  const account = options.address ?? accounts[0];
  if (!account) throw walletError({ code: 4100 });
  const walletChain = Number(await requestWallet<string>(provider, "eth_chainId"));
  const { address: keyAddress, room } = options.sessionKey ?? {};
  const query = keyAddress ? `?sessionKey=${keyAddress}${room ? `&room=${room}` : ""}` : "";
  const nonce = await callAuth<NonceReply>(url, `nonce${query}`, { method: "GET" });
  if (!Array.isArray(nonce.chainIds)) throw noServer(url, "what was answered is no nonce");
  const address = checksumAddress(account);
  const chainId = nonce.chainIds.includes(walletChain) ? walletChain : (nonce.chainIds[0] ?? walletChain);
  if (!chainId) throw oddAnswer("eth_chainId");
  const resources = keyAddress ? [`urn:parlour:session-key:${keyAddress}${room ? `?room=${room}` : ""}`] : undefined;
  const expirationTime = renewableUntil?.toISOString() ?? nonce.expirationTime;
  const message = formatSignInMessage({ ...nonce, address, chainId, expirationTime, resources });
  const signature = await requestWallet<string>(provider, "personal_sign", [toHex(message), address]);
  if (typeof signature !== "string") throw oddAnswer("personal_sign");
  return verifySigned(options, { message, signature });
}

/** Exchange a signed message for a session, and keep it. @throws ParlourError */
export async function verifySigned(
  options: AuthOptions,
  body: { message: string; signature: string },
): Promise<Session> {
  const session = await callAuth<Session>(options.url, "verify", { method: "POST", body });
  keepSession(options, session);
  return session;
}

/** Return the session that an earlier `signIn` left in storage, if the server still accepts it; else null. */
export async function resumeSession(options: AuthOptions = {}): Promise<Session | null> {
  const session = keptSession(options);
  if (!session) return null;
  const { token } = session;
  try {
    return { ...session, ...(await callAuth<Session>(options.url, "session", { method: "GET", token })) };
  } catch (error) {
    if (isForeign(error) || (error instanceof ParlourError && error.retryable)) return session;
    forgetSession(options);
    return null;
  }
}

/** End the session here and on the server; its sockets are closed within a second. @throws ParlourError */
export async function signOut(options: AuthOptions & { token: string }): Promise<void> {
  forgetSession(options);
  await callAuth<void>(options.url, "signout", { method: "POST", token: options.token });
}

function toHex(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
