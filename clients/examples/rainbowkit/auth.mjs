/** A session of Parlour, and what RainbowKit's `createAuthenticationAdapter` takes to open and end it. */
import { createSession } from "@parlour/client";
import { rainbowKitAuth } from "@parlour/client/wallet";

/** @param {string} url */
export function parlourAuth(url) {
  const session = createSession({ url });
  return { session, auth: rainbowKitAuth(session) };
}
